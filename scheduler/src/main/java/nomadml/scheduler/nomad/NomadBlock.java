package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;

/**
 * Merges the {@code nomad:} block into a job. Names are matched as Nomad does, without regard to
 * case, but for names users choose. Groups and tasks are merged one by one, other lists of blocks
 * become longer, anything else is replaced.
 */
final class NomadBlock {
  private static final Set<String> WITH_FREE_NAMES = Set.of("config", "env", "meta", "volumes");
  private static final Set<String> MERGED_ONE_BY_ONE = Set.of("taskgroups", "tasks");

  private NomadBlock() {}

  static void merge(ObjectNode block, ObjectNode job) {
    merge(block, job, false);
  }

  private static void merge(ObjectNode block, ObjectNode target, boolean freeNames) {
    block
        .properties()
        .forEach(
            field -> {
              String name = freeNames ? field.getKey() : known(field.getKey(), target);
              target.set(name, merged(name, field.getValue(), target.path(name)));
            });
  }

  private static JsonNode merged(String name, JsonNode added, JsonNode there) {
    String lowered = name.toLowerCase(Locale.ROOT);
    if (added instanceof ObjectNode block && there instanceof ObjectNode target) {
      merge(block, target, WITH_FREE_NAMES.contains(lowered));
      return target;
    }
    if (added instanceof ArrayNode more && there instanceof ArrayNode target) {
      if (MERGED_ONE_BY_ONE.contains(lowered)) {
        return oneByOne(more, target);
      }
      if (target.path(0).isObject()) {
        return target.addAll(more);
      }
    }
    return added;
  }

  private static ArrayNode oneByOne(ArrayNode more, ArrayNode target) {
    for (int i = 0; i < more.size(); i++) {
      if (more.get(i) instanceof ObjectNode block && target.path(i) instanceof ObjectNode there) {
        merge(block, there, false);
      } else {
        target.add(more.get(i));
      }
    }
    return target;
  }

  private static String known(String name, ObjectNode target) {
    for (Iterator<String> names = target.fieldNames(); names.hasNext(); ) {
      String there = names.next();
      if (there.equalsIgnoreCase(name)) {
        return there;
      }
    }
    return name;
  }
}
