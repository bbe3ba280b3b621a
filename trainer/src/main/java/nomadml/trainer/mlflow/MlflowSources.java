package nomadml.trainer.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import nomadml.spec.Json;
import nomadml.spec.Location;
import nomadml.spec.Names;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.report.RefusedException;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.Services;
import nomadml.trainer.sources.Source;

/** Data and models that runs and registered models hold. For one thread at a time. */
public final class MlflowSources {
  private static final String OURS = "data/model.pth";
  private static final String API = "/api/2.0/mlflow/";

  /** Not an alias: MLflow keeps the word for the newest version. */
  private static final String LATEST = "latest";

  private final Connection connection;
  private final Artifacts artifacts;

  /** Sources on the server that is found when it is needed. */
  public MlflowSources(Services services, Map<String, String> environment) {
    this.connection = new Connection(services, environment);
    this.artifacts = new Artifacts(connection);
  }

  /** What a run's params say. */
  public Map<String, String> params(RunAddress run) throws IOException {
    Map<String, String> params = new TreeMap<>();
    connection
        .call("reading the run", client -> client.getRun(run.runId()))
        .getData()
        .getParamsList()
        .forEach(param -> params.put(param.getKey(), param.getValue()));
    return params;
  }

  /** An artifact of a run: a file, or all of a folder. */
  public Source at(Location.RunArtifact location, boolean folder) {
    RunAddress run = new RunAddress("", location.run());
    return target ->
        explained(
            location,
            () -> {
              if (folder) {
                fetchAll(run, location.path(), target, location.shown());
              } else {
                fetchFile(run, location.path(), target.resolve(Source.FILE), location.shown());
              }
            });
  }

  /** The TorchScript file of a model version. */
  public Source at(Location.RegisteredModel location) {
    return target ->
        explained(
            location,
            () -> {
              Artifacts.Root model = root(find(location).root(), location);
              Artifacts.Item file = torchScript(model, location);
              artifacts.get(model, file.path(), target.resolve(Source.FILE), file.bytes());
            });
  }

  /** The version that a number, an alias or {@code latest} stands for now. */
  public ModelVersion version(Location.RegisteredModel location) throws IOException {
    List<ModelVersion> found = new ArrayList<>();
    explained(location, () -> found.add(find(location)));
    return found.get(0);
  }

  /** All files of a version. */
  public Source folder(ModelVersion version) {
    return target ->
        explained(
            version.location(),
            () -> fetchTree(root(version.root(), version.location()), "", target));
  }

  private void fetchTree(Artifacts.Root model, String path, Path target) throws IOException {
    for (Artifacts.Item item : artifacts.list(model, path)) {
      Path file = target.resolve(item.path()).normalize();
      if (!file.startsWith(target) || item.path().endsWith("..")) {
        throw TrainingFailure.dataMissing(
            model.uri() + " has an artifact that leaves its folder", "store it anew");
      }
      if (item.folder()) {
        fetchTree(model, item.path(), target);
      } else {
        artifacts.get(model, item.path(), file, item.bytes());
      }
    }
  }

  private void fetchFile(RunAddress run, String path, Path target, String shown)
      throws IOException {
    int slash = path.lastIndexOf('/');
    Optional<Artifacts.Item> item =
        artifacts.list(run, slash < 0 ? "" : path.substring(0, slash)).stream()
            .filter(one -> one.path().equals(path) && !one.folder())
            .findFirst();
    if (item.isEmpty()) {
      throw new NoSuchFileException(shown + ": the run has no such file");
    }
    artifacts.get(run, path, target, item.get().bytes());
  }

  private void fetchAll(RunAddress run, String path, Path target, String shown) throws IOException {
    List<Artifacts.Item> items = artifacts.list(run, path);
    if (items.isEmpty()) {
      throw new NoSuchFileException(shown + ": the run has no such folder");
    }
    Files.createDirectories(target);
    for (Artifacts.Item item : items) {
      Path inner = target.resolve(item.path().substring(item.path().lastIndexOf('/') + 1));
      if (!target.equals(inner.normalize().getParent())) {
        throw TrainingFailure.dataMissing(
            shown + " has an artifact that leaves its folder", "store it anew");
      }
      if (item.folder()) {
        fetchAll(run, item.path(), inner, shown);
      } else {
        artifacts.get(run, item.path(), inner, item.bytes());
      }
    }
  }

  private ModelVersion find(Location.RegisteredModel location) throws IOException {
    JsonNode version =
        location.version().equals(LATEST)
            ? latest(location)
            : location.isNumber()
                ? ask(
                        location,
                        "model-versions/get" + named(location) + "&version=" + location.version())
                    .path("model_version")
                : ask(
                        location,
                        "registered-models/alias"
                            + named(location)
                            + "&alias="
                            + location.version())
                    .path("model_version");
    String number = version.path("version").asText();
    String digest = null;
    for (JsonNode tag : version.path("tags")) {
      if (tag.path("key").asText().equals(Names.TAG_MODEL_DIGEST)) {
        digest = tag.path("value").asText();
      }
    }
    String uri =
        ask(location, "model-versions/get-download-uri" + named(location) + "&version=" + number)
            .path("artifact_uri")
            .asText();
    return new ModelVersion(
        new Location.RegisteredModel(location.name(), number),
        version.path("run_id").asText(),
        digest,
        uri);
  }

  private JsonNode latest(Location.RegisteredModel location) throws IOException {
    String filter = Artifacts.encode("name='" + location.name().replace("'", "\\'") + "'");
    JsonNode versions =
        ask(
                location,
                "model-versions/search?max_results=1&order_by=version_number%20DESC&filter="
                    + filter)
            .path("model_versions");
    if (versions.isEmpty()) {
      throw new NoSuchFileException(location.shown() + ": the model has no version");
    }
    return versions.get(0);
  }

  private static String named(Location.RegisteredModel location) {
    return "?name=" + Artifacts.encode(location.name());
  }

  /** Among the artifacts of a run, or of a model that MLflow's own client logged. */
  private static Artifacts.Root root(String uri, Location.RegisteredModel location) {
    return Artifacts.root(uri)
        .orElseThrow(
            () ->
                TrainingFailure.dataMissing(
                    "%s lies at %s, which MLflow does not serve".formatted(location.shown(), uri),
                    "register a model among MLflow's artifacts, or name the file itself: runs:/run_id/path"));
  }

  private JsonNode ask(Location.RegisteredModel location, String query) throws IOException {
    String answer =
        connection.exchange(
            address ->
                connection.send(
                    "reading " + location.shown(),
                    address,
                    connection.request(URI.create(address + API + query)).GET().build()));
    return Json.MAPPER.readTree(answer);
  }

  /** Where our own models have it, else the one .pt file of the folder. */
  private Artifacts.Item torchScript(Artifacts.Root model, Location.RegisteredModel location)
      throws IOException {
    for (Artifacts.Item item : artifacts.list(model, "data")) {
      if (item.path().equals(OURS)) {
        return item;
      }
    }
    List<Artifacts.Item> files =
        artifacts.list(model, "").stream().filter(one -> one.path().endsWith(".pt")).toList();
    if (files.size() != 1) {
      throw TrainingFailure.dataMissing(
          "%s holds %d .pt files and no %s".formatted(location.shown(), files.size(), OURS),
          "name the file itself: runs:/run_id/path");
    }
    return files.get(0);
  }

  private interface Step {
    void run() throws IOException;
  }

  /** What MLflow itself says is missing or wrong stays so; all else may be put right. */
  private static void explained(Location location, Step step) throws IOException {
    try {
      step.run();
    } catch (MissingException e) {
      throw e.isSaidByMlflow()
          ? new NoSuchFileException(location.shown() + ": " + e.getMessage())
          : e;
    } catch (RefusedException e) {
      throw TrainingFailure.dataMissing(
          location.shown() + ": " + e.getMessage(), "correct what the job file names");
    }
  }
}
