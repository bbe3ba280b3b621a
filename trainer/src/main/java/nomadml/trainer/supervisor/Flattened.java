package nomadml.trainer.supervisor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import nomadml.spec.JobFile;
import nomadml.spec.Json;

/** A job file as params: {@code train.optimizer.learning_rate} and so on. */
final class Flattened {
  private Flattened() {}

  static Map<String, String> of(JobFile job) {
    Map<String, String> params = new TreeMap<>();
    add(params, "", Json.MAPPER.valueToTree(job));
    return params;
  }

  private static void add(Map<String, String> params, String path, JsonNode node) {
    if (node.isObject() && !path.equals("nomad")) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        add(params, name, field.getValue());
      }
    } else if (!node.isEmpty() || node.isValueNode()) {
      params.put(path, node.isTextual() ? node.textValue() : node.toString());
    }
  }
}
