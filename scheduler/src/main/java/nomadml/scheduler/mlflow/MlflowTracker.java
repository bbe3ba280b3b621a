package nomadml.scheduler.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.context.Server;
import nomadml.scheduler.submit.RunTracker;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;

/** Runs in MLflow. */
public final class MlflowTracker implements RunTracker {
  private static final String OURS = "tags.`" + Names.TAG_SUBMISSION + "` LIKE '%'";
  private static final int PAGE = 1000;

  private final Rest rest;
  private final Clock clock;

  private MlflowTracker(Rest rest, Clock clock) {
    this.rest = rest;
    this.clock = clock;
  }

  /** Connects on the first question; user and password come from the environment. */
  public static MlflowTracker at(Server server, Map<String, String> environment, Clock clock) {
    return new MlflowTracker(new Rest(server, Credentials.of(server, environment)), clock);
  }

  @Override
  public String name() {
    return "MLflow at " + rest.server().address();
  }

  @Override
  public Run ensureRun(String experiment, String name, Map<String, String> tags) {
    String experimentId = ensureExperiment(experiment);
    String submission = tags.getOrDefault(Names.TAG_SUBMISSION, "");
    String same = "tags.`" + Names.TAG_SUBMISSION + "` = '" + submission + "'";
    List<Run> known = search(List.of(experimentId), same);
    if (!known.isEmpty()) {
      return known.get(0);
    }
    JsonNode created =
        rest.post(
            "runs/create",
            Map.of(
                "experiment_id",
                experimentId,
                "run_name",
                name,
                "start_time",
                clock.millis(),
                "tags",
                pairs(tags)));
    Run run = run(created.path("run"));
    rest.post("runs/update", Map.of("run_id", run.id(), "status", "SCHEDULED"));
    return run;
  }

  private String ensureExperiment(String name) {
    Optional<JsonNode> known = experiment(name);
    if (known.isEmpty()) {
      try {
        return rest.post(
                "experiments/create",
                Map.of(
                    "name",
                    name,
                    "tags",
                    pairs(Map.of(Names.MLFLOW_KIND, Names.MODEL_DEVELOPMENT))))
            .path("experiment_id")
            .asText();
      } catch (SchedulerFailure refused) {
        // Somebody else may have made it meanwhile.
        known = experiment(name);
        if (known.isEmpty()) {
          throw refused;
        }
      }
    }
    JsonNode experiment = known.get();
    if (!experiment.path("lifecycle_stage").asText("active").equals("active")) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the experiment " + name + " was deleted in " + name(),
          "mlflow experiments restore --experiment-id "
              + experiment.path("experiment_id").asText()
              + ", or choose another experiment: in the job file");
    }
    return experiment.path("experiment_id").asText();
  }

  /** By a search: MLflow's client asks three times for what it hears is not there. */
  private Optional<JsonNode> experiment(String name) {
    if (name.contains("'") && name.contains("\"")) {
      return rest.find("experiments/get-by-name?experiment_name=" + encode(name))
          .map(answer -> answer.path("experiment"));
    }
    String quote = name.contains("'") ? "\"" : "'";
    JsonNode found =
        rest.post(
            "experiments/search",
            Map.of(
                "filter", "name = " + quote + name + quote, "view_type", "ALL", "max_results", 1));
    return Optional.ofNullable(found.path("experiments").get(0));
  }

  @Override
  public Optional<Run> run(String runId) {
    return rest.find("runs/get?run_id=" + encode(runId)).map(answer -> run(answer.path("run")));
  }

  @Override
  public Optional<Run> newestOf(String jobId) {
    if (jobId.contains("'")) {
      return Optional.empty(); // No job is called so.
    }
    return search(experiments(), "tags.`" + Names.TAG_JOB + "` = '" + jobId + "'").stream()
        .max(Comparator.comparing(Run::started));
  }

  /** Asks for the list first: MLflow has no common answer for a file that is not there. */
  @Override
  public Optional<InputStream> artifact(Run run, String path) {
    String folder = path.substring(0, Math.max(0, path.lastIndexOf('/')));
    String list = "artifacts/list?run_id=" + encode(run.id()) + "&path=" + encode(folder);
    for (JsonNode file : rest.get(list).path("files")) {
      if (file.path("path").asText().equals(path)) {
        return Optional.of(
            rest.open("/get-artifact?run_id=" + encode(run.id()) + "&path=" + encode(path)));
      }
    }
    return Optional.empty();
  }

  @Override
  public void upload(Run run, String path, Path file) {
    String root =
        rest.get("runs/get?run_id=" + encode(run.id())).at("/run/info/artifact_uri").asText();
    if (!root.startsWith("mlflow-artifacts:/")) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          name() + " keeps artifacts in " + root + ", which it does not serve",
          "start it with --serve-artifacts --artifacts-destination …, and use a new experiment");
    }
    String folder = URI.create(root).getPath();
    String encoded =
        Stream.of((folder + "/" + path).split("/"))
            .filter(part -> !part.isEmpty())
            .map(MlflowTracker::encode)
            .collect(Collectors.joining("/"));
    rest.put("/api/2.0/mlflow-artifacts/artifacts/" + encoded, file);
  }

  @Override
  public void setTags(Run run, Map<String, String> tags) {
    rest.post("runs/log-batch", Map.of("run_id", run.id(), "tags", pairs(tags)));
  }

  @Override
  public void finish(Run run, String status, Instant when) {
    rest.post(
        "runs/update",
        Map.of("run_id", run.id(), "status", status, "end_time", when.toEpochMilli()));
  }

  @Override
  public List<Run> unfinished() {
    return search(
        experiments(),
        OURS
            + " AND attributes.status != 'FINISHED' AND attributes.status != 'FAILED'"
            + " AND attributes.status != 'KILLED'");
  }

  @Override
  public List<Run> endedSince(Instant moment) {
    return search(experiments(), OURS + " AND attributes.end_time > " + moment.toEpochMilli());
  }

  @Override
  public List<Run> unannounced() {
    return search(experiments(), "tags.`" + Names.TAG_NOTIFY_OPEN + "` = 'yes'");
  }

  @Override
  public URI link(Run run) {
    return URI.create(
        rest.server().address() + "/#/experiments/" + run.experimentId() + "/runs/" + run.id());
  }

  private List<String> experiments() {
    List<String> ids = new ArrayList<>();
    String token = "";
    do {
      JsonNode page =
          rest.post("experiments/search", Map.of("max_results", PAGE, "page_token", token));
      page.path("experiments").forEach(one -> ids.add(one.path("experiment_id").asText()));
      token = page.path("next_page_token").asText("");
    } while (!token.isEmpty());
    return ids;
  }

  private List<Run> search(List<String> experiments, String filter) {
    List<Run> runs = new ArrayList<>();
    String token = "";
    do {
      JsonNode page =
          rest.post(
              "runs/search",
              Map.of(
                  "experiment_ids", experiments,
                  "filter", filter,
                  "max_results", PAGE,
                  "page_token", token));
      page.path("runs").forEach(one -> runs.add(run(one)));
      token = page.path("next_page_token").asText("");
    } while (!token.isEmpty());
    return runs;
  }

  private static Run run(JsonNode run) {
    JsonNode info = run.path("info");
    Map<String, String> tags = new HashMap<>();
    run.at("/data/tags")
        .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
    Map<String, Double> metrics = new LinkedHashMap<>();
    run.at("/data/metrics")
        .forEach(metric -> metrics.put(metric.path("key").asText(), number(metric.path("value"))));
    return new Run(
        info.path("run_id").asText(),
        info.path("experiment_id").asText(),
        info.path("run_name").asText(),
        info.path("status").asText(),
        tags,
        metrics,
        Instant.ofEpochMilli(info.path("start_time").asLong()),
        Instant.ofEpochMilli(info.path("end_time").asLong()));
  }

  /** MLflow writes NaN and infinities as text. */
  private static double number(JsonNode value) {
    return value.isTextual() ? Double.parseDouble(value.asText()) : value.asDouble();
  }

  private static List<Map<String, String>> pairs(Map<String, String> tags) {
    return tags.entrySet().stream()
        .map(tag -> Map.of("key", tag.getKey(), "value", tag.getValue()))
        .toList();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
