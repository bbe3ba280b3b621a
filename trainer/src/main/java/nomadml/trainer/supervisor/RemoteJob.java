package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Location;

/** What a job names that does not lie beside its file. */
final class RemoteJob {
  /** Fields that may name such a place, and what their content is recorded as. */
  private static final Map<String, String> PARAMS =
      Map.of(
          "train.data.path", "data_source_sha256",
          "train.model.path", "model_source_sha256",
          "train.loss_path", "loss_source_sha256");

  private RemoteJob() {}

  /** The places, by their field. */
  static Map<String, Location> locations(JobFile job) {
    Map<String, Location> locations = new LinkedHashMap<>();
    JsonNode fields = Json.MAPPER.valueToTree(job);
    PARAMS.keySet().stream()
        .sorted()
        .forEach(
            field -> {
              String text = fields.at(pointer(field)).asText("");
              if (Location.isRemote(text)) {
                locations.put(field, Location.parse(text));
              }
            });
    return locations;
  }

  /** The name of the param that tells a field's SHA-256. */
  static String param(String field) {
    return String.valueOf(PARAMS.get(field));
  }

  /** The job as others may see it: an address may hold a signature. */
  static JobFile shown(JobFile job) {
    Map<String, String> paths = new LinkedHashMap<>();
    locations(job).forEach((field, location) -> paths.put(field, location.shown()));
    return with(job, paths, false);
  }

  /** The job as the worker sees it: its places are files here, already verified. */
  static JobFile local(JobFile job, Map<String, String> paths) {
    return with(job, paths, true);
  }

  private static JobFile with(JobFile job, Map<String, String> paths, boolean verified) {
    if (paths.isEmpty()) {
      return job;
    }
    ObjectNode fields = Json.MAPPER.valueToTree(job);
    paths.forEach((field, path) -> parent(fields, field).put(name(field), path));
    if (verified && paths.containsKey("train.data.path")) {
      parent(fields, "train.data.path").remove("sha256");
    }
    try {
      return Json.MAPPER.treeToValue(fields, JobFile.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // It was one.
    }
  }

  private static String name(String field) {
    return field.substring(field.lastIndexOf('.') + 1);
  }

  private static ObjectNode parent(ObjectNode fields, String field) {
    String pointer = pointer(field);
    return (ObjectNode) fields.at(pointer.substring(0, pointer.lastIndexOf('/')));
  }

  private static String pointer(String field) {
    return "/" + field.replace('.', '/');
  }
}
