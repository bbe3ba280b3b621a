package nomadml.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Rest;
import nomadml.system.servers.Run;

/** Registered models of two trainings: one that answers well, and one that does not. */
record RegisteredModels(Cluster cluster, Submitted good, Submitted bad) {
  private static final String API = "/api/2.0/mlflow/";

  /** Registers a model with a version for each; its name. */
  String register(String name, boolean... areGood) {
    rest().post(API + "registered-models/create", Map.of("name", name));
    for (boolean isGood : areGood) {
      Run run = (isGood ? good : bad).run();
      String source = run.json().at("/info/artifact_uri").asText() + "/model";
      rest()
          .post(
              API + "model-versions/create",
              Map.of("name", name, "source", source, "run_id", run.id()));
    }
    return name;
  }

  void tag(String name, String version, String key, String value) {
    rest()
        .post(
            API + "model-versions/set-tag",
            Map.of("name", name, "version", version, "key", key, "value", value));
  }

  Map<String, String> tags(String name, String version) {
    Map<String, String> tags = new HashMap<>();
    rest()
        .get(API + "model-versions/get?name=" + name + "&version=" + version)
        .at("/model_version/tags")
        .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
    return tags;
  }

  /** The version an alias points to; empty when there is none. */
  String alias(String name, String alias) {
    for (JsonNode one :
        rest().get(API + "registered-models/get?name=" + name).at("/registered_model/aliases")) {
      if (one.path("alias").asText().equals(alias)) {
        return one.path("version").asText();
      }
    }
    return "";
  }

  private Rest rest() {
    return cluster.mlflow().rest();
  }
}
