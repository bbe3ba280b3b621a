package nomadml.trainer.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import nomadml.spec.Json;
import nomadml.spec.Location;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.report.RefusedException;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.Services;
import nomadml.trainer.sources.Source;

/** Data and models that runs and registered models hold. For one thread at a time. */
public final class MlflowSources {
  private static final String OURS = "data/model.pth";
  private static final String API = "/api/2.0/mlflow/";

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
              Artifacts.Root model = root(location);
              Artifacts.Item file = torchScript(model, location);
              artifacts.get(model, file.path(), target.resolve(Source.FILE), file.bytes());
            });
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

  /** Among the artifacts of a run, or of a model that MLflow's own client logged. */
  private Artifacts.Root root(Location.RegisteredModel location) throws IOException {
    String name = "?name=" + Artifacts.encode(location.name());
    String version = location.version();
    if (!location.isNumber()) {
      version =
          ask(location, "registered-models/alias" + name + "&alias=" + version)
              .at("/model_version/version")
              .asText();
    }
    String uri =
        ask(location, "model-versions/get-download-uri" + name + "&version=" + version)
            .path("artifact_uri")
            .asText();
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
