package nomadml.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The free {@code nomad:} block: JSON for Nomad, but for what recovery, identity and reporting rest
 * on.
 */
final class NomadBlock {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Refused at the top → why, or what to use. */
  private static final Map<String, String> OF_THE_JOB =
      Map.of(
          "id", "the job's id is made at submission from name",
          "type", "a training is a batch job",
          "namespace", "use placement.namespace",
          "periodic", "one submission is one run",
          "parameterizedjob", "one submission is one run",
          "multiregion", "one submission is one run",
          "stop", "use submit-job stop");

  /** Refused wherever they stand. */
  private static final Map<String, String> ANYWHERE =
      Map.of(
          "killsignal", "a checkpoint is written on SIGTERM",
          "killtimeout", "a checkpoint is written between the signal and the kill",
          "restartpolicy", "use retry",
          "reschedulepolicy", "use retry",
          "ephemeraldisk", "use resources.disk");

  private static final Map<String, String> OF_A_GROUP =
      Map.of("count", "one attempt at a time writes to a run");

  private final Problems problems;

  NomadBlock(Problems problems) {
    this.problems = problems;
  }

  ObjectNode read(Yaml.Mapping block, String path) {
    block.entries().forEach((key, value) -> refuse(OF_THE_JOB, key, value, path));
    return object(block, path);
  }

  private ObjectNode object(Yaml.Mapping block, String path) {
    ObjectNode object = JSON.objectNode();
    block
        .entries()
        .forEach(
            (key, value) -> {
              String inner = Problems.join(path, key);
              refuse(ANYWHERE, key, value, path);
              refuse(path.endsWith(".TaskGroups") ? OF_A_GROUP : Map.of(), key, value, path);
              if (path.endsWith(".Meta") && key.startsWith("nomad_ml_")) {
                problems.add(value.position(), inner + " is nomad-ml's own", "choose another key");
              }
              if (path.endsWith(".Env") && key.startsWith("NOMAD_")) {
                problems.add(value.position(), inner + " is nomad-ml's own", "choose another name");
              }
              object.set(key, json(value, inner));
            });
    return object;
  }

  private JsonNode json(Yaml value, String path) {
    if (value instanceof Yaml.Mapping block) {
      return object(block, path);
    }
    if (value instanceof Yaml.Sequence sequence) {
      ArrayNode array = JSON.arrayNode();
      sequence.items().forEach(item -> array.add(json(item, path)));
      return array;
    }
    return scalar((Yaml.Scalar) value);
  }

  private static JsonNode scalar(Yaml.Scalar scalar) {
    if (scalar.isNull()) {
      return JSON.nullNode();
    }
    if (scalar.isBoolean()) {
      return JSON.booleanNode(scalar.text().equals("true"));
    }
    if (scalar.isWhole()) {
      return JSON.numberNode(new BigInteger(scalar.text()));
    }
    return scalar.isNumber()
        ? JSON.numberNode(new BigDecimal(scalar.text()))
        : JSON.textNode(scalar.text());
  }

  private void refuse(Map<String, String> reserved, String key, Yaml value, String path) {
    @Nullable String reason = reserved.get(key.toLowerCase(Locale.ROOT));
    if (reason != null) {
      problems.add(value.position(), path + "." + key + " can't be overridden", reason);
    }
  }
}
