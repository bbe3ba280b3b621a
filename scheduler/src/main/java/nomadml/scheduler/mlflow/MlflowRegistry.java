package nomadml.scheduler.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.context.Server;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Registry;
import nomadml.spec.ExitCode;

/** Registered models in MLflow. */
public final class MlflowRegistry implements Registry {
  private static final String STORE = "/api/2.0/mlflow-artifacts/artifacts";
  private static final String STORED = "mlflow-artifacts:/";
  private static final String OF_A_MODEL = "models:/";

  private final Rest rest;

  private MlflowRegistry(Rest rest) {
    this.rest = rest;
  }

  /** Connects on the first question; user and password come from the environment. */
  public static MlflowRegistry at(Server server, Map<String, String> environment) {
    return new MlflowRegistry(new Rest(server, Credentials.of(server, environment)));
  }

  @Override
  public String name() {
    return "MLflow at " + rest.server().address();
  }

  @Override
  public ModelVersion version(ModelReference reference) {
    String model = "name=" + encode(reference.name());
    Optional<JsonNode> found;
    if (reference.alias() != null) {
      found = aliased(reference.name(), reference.alias());
    } else if (reference.version() != null) {
      found =
          rest.find("model-versions/get?" + model + "&version=" + encode(reference.version()))
              .map(answer -> answer.path("model_version"));
    } else {
      found = versions(reference.name()).stream().findFirst();
    }
    JsonNode version = found.orElseThrow(() -> unknown(reference));
    if (!version.path("status").asText("READY").equals("READY")) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          reference + " is not ready in " + name() + ": " + version.path("status").asText(),
          "wait for its registration to end, or register it again");
    }
    return read(version);
  }

  /** MLflow calls an alias that is not there a bad request. */
  private Optional<JsonNode> aliased(String model, String alias) {
    try {
      return Optional.of(
          rest.get("registered-models/alias?name=" + encode(model) + "&alias=" + encode(alias))
              .path("model_version"));
    } catch (SchedulerFailure e) {
      int status = Rest.status(e);
      if (status == 404 || status == 400) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private SchedulerFailure unknown(ModelReference reference) {
    List<String> versions =
        versions(reference.name()).stream()
            .map(one -> one.path("version").asText())
            .limit(5)
            .toList();
    return new SchedulerFailure(
        ExitCode.USAGE,
        "there is no " + reference + " in " + name(),
        versions.isEmpty()
            ? "no model is registered under this name"
            : "the newest versions are " + String.join(", ", versions));
  }

  /** The newest first. */
  private List<JsonNode> versions(String model) {
    if (model.contains("'")) {
      return List.of(); // The filter has no way to say it.
    }
    List<JsonNode> versions = new ArrayList<>();
    rest.get("model-versions/search?max_results=200&filter=" + encode("name='" + model + "'"))
        .path("model_versions")
        .forEach(versions::add);
    versions.sort(Comparator.comparingLong(one -> -one.path("version").asLong()));
    return versions;
  }

  private static ModelVersion read(JsonNode version) {
    Map<String, String> tags = new HashMap<>();
    version
        .path("tags")
        .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
    return new ModelVersion(
        version.path("name").asText(),
        version.path("version").asText(),
        version.path("run_id").asText(),
        version.path("source").asText(),
        tags);
  }

  @Override
  public Optional<String> alias(String model, String alias) {
    return aliased(model, alias).map(version -> version.path("version").asText());
  }

  @Override
  public void setAlias(String model, String alias, String version) {
    rest.post("registered-models/alias", Map.of("name", model, "alias", alias, "version", version));
  }

  @Override
  public void setTags(ModelVersion version, Map<String, String> tags) {
    tags.forEach(
        (key, value) ->
            rest.post(
                "model-versions/set-tag",
                Map.of(
                    "name",
                    version.name(),
                    "version",
                    version.version(),
                    "key",
                    key,
                    "value",
                    value)));
  }

  @Override
  public List<String> files(ModelVersion version) {
    List<String> files = new ArrayList<>();
    collect(folder(version), "", files);
    return files;
  }

  private void collect(String root, String folder, List<String> files) {
    String path = folder.isEmpty() ? root : root + "/" + folder;
    for (JsonNode file : rest.read(STORE + "?path=" + encode(path)).path("files")) {
      String below = folder + (folder.isEmpty() ? "" : "/") + file.path("path").asText();
      if (file.path("is_dir").asBoolean()) {
        collect(root, below, files);
      } else {
        files.add(below);
      }
    }
  }

  @Override
  public InputStream open(ModelVersion version, String path) {
    return rest.open(STORE + "/" + segments(folder(version) + "/" + path));
  }

  @Override
  public InputStream open(String runId, String path) {
    return rest.open("/get-artifact?run_id=" + encode(runId) + "&path=" + encode(path));
  }

  /** Where the server stores a version's files. */
  private String folder(ModelVersion version) {
    String uri =
        rest.get(
                "model-versions/get-download-uri?name="
                    + encode(version.name())
                    + "&version="
                    + encode(version.version()))
            .path("artifact_uri")
            .asText();
    if (uri.startsWith(OF_A_MODEL)) {
      String id = uri.substring(OF_A_MODEL.length());
      uri = rest.get("logged-models/" + encode(id)).at("/model/info/artifact_uri").asText();
    }
    if (!uri.startsWith(STORED)) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          name() + " keeps the files of " + version + " in " + uri + ", which it does not serve",
          "start it with --serve-artifacts --artifacts-destination …, and register the model again");
    }
    return URI.create(uri).getPath().substring(1);
  }

  @Override
  public URI link(ModelVersion version) {
    return URI.create(
        rest.server().address()
            + "/#/models/"
            + encode(version.name())
            + "/versions/"
            + version.version());
  }

  private static String segments(String path) {
    return Stream.of(path.split("/"))
        .filter(part -> !part.isEmpty())
        .map(MlflowRegistry::encode)
        .collect(Collectors.joining("/"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
