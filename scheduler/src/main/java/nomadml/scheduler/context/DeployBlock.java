package nomadml.scheduler.context;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import nomadml.spec.Words;
import org.jspecify.annotations.Nullable;

/** {@code deploy:} of a context: the options of {@code submit-job deploy} that hold there. */
record DeployBlock(String context, Places places, List<String> problems) {
  static final String NAME = "deploy";

  /** Options that may be given several times; the field is called as the list it is. */
  private static final Map<String, String> LISTS =
      Map.of(
          "gates", "gate",
          "datacenters", "datacenter",
          "secrets", "secret",
          "notify", "notify");

  private static final Set<String> VALUES =
      Set.of(
          "count",
          "canary",
          "canary_weight",
          "cpu",
          "memory",
          "gpu",
          "gpu_memory",
          "driver",
          "node_pool",
          "max_batch",
          "max_delay",
          "queue",
          "deadline",
          "drain",
          "access_log",
          "min_healthy_time",
          "healthy_deadline",
          "progress_deadline",
          "golden",
          "golden_label",
          "gate_window",
          "gate_deadline",
          "approve",
          "alias");

  /** What is wrong is among the problems then. */
  List<String> options(@Nullable Object block) {
    if (!(block instanceof Map<?, ?> fields)) {
      problem("", "must be a block of fields");
      return List.of();
    }
    List<String> options = new ArrayList<>();
    fields.forEach((key, value) -> add(String.valueOf(key), value, options));
    return List.copyOf(options);
  }

  private void add(String field, @Nullable Object value, List<String> options) {
    if (LISTS.containsKey(field)) {
      Collection<?> values = value instanceof Collection<?> many ? many : listOf(value);
      for (Object one : values) {
        put(field, "--" + LISTS.get(field), one, options);
      }
    } else if (VALUES.contains(field)) {
      put(field, "--" + field.replace('_', '-'), value, options);
    } else {
      TreeSet<String> all = new TreeSet<>(VALUES);
      all.addAll(LISTS.keySet());
      problem(
          field,
          Words.nearest(field, all)
              .map(word -> "is unknown; did you mean " + word + "?")
              .orElse("is unknown; there are " + String.join(", ", all)));
    }
  }

  private static List<?> listOf(@Nullable Object value) {
    return value == null ? List.of() : List.of(value);
  }

  private void put(String field, String option, @Nullable Object value, List<String> options) {
    if (value instanceof Map<?, ?> || value instanceof Collection<?>) {
      problem(field, "must be one value");
    } else if (field.equals("approve") && value instanceof Boolean wanted) {
      if (wanted) {
        options.add(option);
      }
    } else if (value != null) {
      options.add(option + "=" + value);
    }
  }

  private void problem(String field, String what) {
    String[] path =
        field.isEmpty()
            ? new String[] {"contexts", context, NAME}
            : new String[] {"contexts", context, NAME, field};
    String name = field.isEmpty() ? NAME : NAME + "." + field;
    problems.add(places.of(path) + "context " + context + ": " + name + " " + what);
  }
}
