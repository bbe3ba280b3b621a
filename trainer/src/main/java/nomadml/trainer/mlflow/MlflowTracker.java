package nomadml.trainer.mlflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.Json;
import nomadml.spec.Names;
import nomadml.trainer.report.Batch;
import nomadml.trainer.report.Dataset;
import nomadml.trainer.report.RefusedException;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.RunStatus;
import nomadml.trainer.report.Services;
import nomadml.trainer.report.Tracker;
import org.jspecify.annotations.Nullable;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;

/** Runs on an MLflow server. For one thread at a time. */
public final class MlflowTracker implements Tracker {
  private static final int MOST_WORDS = 100;
  private static final int LONGEST_PARAM = 6000;
  private static final int LONGEST_TAG = 8000;
  private static final int LONGEST_DIGEST = 36;
  private static final String CONTEXT = "mlflow.data.context";
  private static final List<String> OLDEST_FIRST = List.of("attributes.start_time ASC");
  private static final String CUT = " … (cut)";

  private final Connection connection;
  private final Artifacts artifacts;
  private final Clock clock;

  /**
   * A tracker of the server that is found when it is needed.
   *
   * @param environment holds {@code MLFLOW_TRACKING_TOKEN}, or {@code …_USERNAME} and {@code
   *     …_PASSWORD}, when the server wants them
   * @param clock for the start of new runs
   */
  public MlflowTracker(Services services, Map<String, String> environment, Clock clock) {
    this.connection = new Connection(services, environment);
    this.artifacts = new Artifacts(connection);
    this.clock = clock;
  }

  @Override
  public RunAddress ensureRun(RunIdentity identity) throws IOException {
    String named = identity.runId();
    if (named != null && !named.isEmpty()) {
      RunInfo run = find(named);
      if (run != null) {
        return address(run);
      }
    }
    String experiment = experiment(identity.experiment());
    String filter =
        "tags.`%s` = '%s'".formatted(Names.TAG_SUBMISSION, quoted(identity.submission()));
    List<Run> found =
        connection.call(
            "looking for the run",
            client ->
                client
                    .searchRuns(List.of(experiment), filter, ViewType.ACTIVE_ONLY, 1, OLDEST_FIRST)
                    .getItems());
    return address(found.isEmpty() ? create(identity, experiment) : found.get(0).getInfo());
  }

  @Override
  public Map<String, Batch.Point> lastPoints(RunAddress run) throws IOException {
    Map<String, Batch.Point> last = new HashMap<>();
    for (Metric metric :
        connection
            .call("reading the run", client -> client.getRun(run.runId()))
            .getData()
            .getMetricsList()) {
      last.put(
          metric.getKey(),
          new Batch.Point(
              metric.getKey(), metric.getValue(), metric.getTimestamp(), metric.getStep()));
    }
    return last;
  }

  @Override
  public void log(RunAddress run, Batch batch) throws IOException {
    List<Metric> metrics = batch.points().stream().map(MlflowTracker::metric).toList();
    List<Param> params = new ArrayList<>();
    batch
        .params()
        .forEach(
            (key, value) ->
                params.add(
                    Param.newBuilder().setKey(key).setValue(cut(value, LONGEST_PARAM)).build()));
    List<RunTag> tags = new ArrayList<>();
    batch
        .tags()
        .forEach(
            (key, value) ->
                tags.add(
                    RunTag.newBuilder().setKey(key).setValue(cut(value, LONGEST_TAG)).build()));
    if (!metrics.isEmpty()) {
      log("writing metrics", run, metrics, List.of(), List.of());
    }
    for (int i = 0; i < Math.max(params.size(), tags.size()); i += MOST_WORDS) {
      log("writing params and tags", run, List.of(), part(params, i), part(tags, i));
    }
  }

  @Override
  public void upload(RunAddress run, String path, Path source) throws IOException {
    artifacts.upload(run, path, source);
  }

  @Override
  public void use(RunAddress run, Dataset dataset) throws IOException {
    ObjectNode body = Json.MAPPER.createObjectNode().put("run_id", run.runId());
    ObjectNode input = body.putArray("datasets").addObject();
    input.putArray("tags").addObject().put("key", CONTEXT).put("value", dataset.context());
    String digest = dataset.digest();
    ObjectNode described =
        input
            .putObject("dataset")
            .put("name", dataset.name())
            .put("digest", digest.substring(0, Math.min(LONGEST_DIGEST, digest.length())))
            .put("source_type", dataset.sourceType())
            .put("source", Json.MAPPER.writeValueAsString(dataset.source()))
            .put("profile", Json.MAPPER.writeValueAsString(dataset.profile()));
    if (dataset.schema() != null) {
      described.put("schema", dataset.schema());
    }
    post("runs/log-inputs", body, false);
  }

  @Override
  public String register(RunAddress run, String model, String path, @Nullable String digest)
      throws IOException {
    post("registered-models/create", Json.MAPPER.createObjectNode().put("name", model), true);
    Optional<String> version = version(run, model);
    if (version.isEmpty()) {
      post(
          "model-versions/create",
          Json.MAPPER
              .createObjectNode()
              .put("name", model)
              .put("source", artifacts.uri(run, path))
              .put("run_id", run.runId()),
          false);
      version = version(run, model);
    }
    String number =
        version.orElseThrow(() -> new IOException("MLflow made no version of " + model));
    if (digest != null) {
      post(
          "model-versions/set-tag",
          Json.MAPPER
              .createObjectNode()
              .put("name", model)
              .put("version", number)
              .put("key", Names.TAG_MODEL_DIGEST)
              .put("value", digest),
          false);
    }
    return number;
  }

  @Override
  public void setStatus(RunAddress run, RunStatus status, long timestamp) throws IOException {
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("run_id", run.runId()).put("status", status.name());
    if (status != RunStatus.RUNNING && status != RunStatus.SCHEDULED) {
      body.put("end_time", timestamp);
    }
    post("runs/update", body, false);
  }

  private void log(
      String what, RunAddress run, List<Metric> metrics, List<Param> params, List<RunTag> tags)
      throws IOException {
    connection.call(
        what,
        client -> {
          client.logBatch(run.runId(), metrics, params, tags);
          return true;
        });
  }

  private Optional<String> version(RunAddress run, String model) throws IOException {
    List<ModelVersion> versions =
        connection.call(
            "looking for the model version",
            client -> client.searchModelVersions("run_id='" + run.runId() + "'").getItems());
    return versions.stream()
        .filter(version -> version.getName().equals(model))
        .map(ModelVersion::getVersion)
        .findFirst();
  }

  private @Nullable RunInfo find(String run) throws IOException {
    try {
      return connection.call("reading the run", client -> client.getRun(run).getInfo());
    } catch (MissingException e) {
      if (e.isSaidByMlflow()) {
        return null;
      }
      throw e;
    }
  }

  private RunInfo create(RunIdentity identity, String experiment) throws IOException {
    CreateRun.Builder run =
        CreateRun.newBuilder()
            .setExperimentId(experiment)
            .setRunName(identity.name())
            .setStartTime(clock.millis());
    Map<String, String> tags = new HashMap<>(identity.tags());
    tags.put(Names.TAG_SUBMISSION, identity.submission());
    tags.forEach(
        (key, value) ->
            run.addTags(RunTag.newBuilder().setKey(key).setValue(cut(value, LONGEST_TAG))));
    return connection.call("making the run", client -> client.createRun(run.build()));
  }

  private String experiment(String name) throws IOException {
    Optional<String> found = find(client -> client.getExperimentByName(name));
    if (found.isEmpty()) {
      ObjectNode experiment = Json.MAPPER.createObjectNode().put("name", name);
      experiment
          .putArray("tags")
          .addObject()
          .put("key", Names.MLFLOW_KIND)
          .put("value", Names.MODEL_DEVELOPMENT);
      post("experiments/create", experiment, true);
      found = find(client -> client.getExperimentByName(name));
    }
    return found.orElseThrow(() -> new IOException("MLflow has no experiment " + name));
  }

  private Optional<String> find(Connection.Call<Optional<Experiment>> call) throws IOException {
    return connection.call("looking for the experiment", call).map(Experiment::getExperimentId);
  }

  /** Posts to a path below {@code api/2.0/mlflow/}; that a thing exists is no failure if it may. */
  private void post(String path, ObjectNode body, boolean mayExist) throws IOException {
    try {
      connection.call(path, client -> client.sendPost(path, body.toString()));
    } catch (RefusedException e) {
      if (!mayExist || !String.valueOf(e.getMessage()).contains("already exists")) {
        throw e;
      }
    }
  }

  private static RunAddress address(RunInfo run) {
    return new RunAddress(run.getExperimentId(), run.getRunId());
  }

  private static Metric metric(Batch.Point point) {
    return Metric.newBuilder()
        .setKey(point.key())
        .setValue(point.value())
        .setTimestamp(point.timestamp())
        .setStep(point.step())
        .build();
  }

  private static <T> List<T> part(List<T> all, int from) {
    return from >= all.size()
        ? List.of()
        : all.subList(from, Math.min(all.size(), from + MOST_WORDS));
  }

  private static String cut(String value, int longest) {
    return value.length() <= longest ? value : value.substring(0, longest - CUT.length()) + CUT;
  }

  private static String quoted(String value) {
    return value.replace("'", "''");
  }
}
