package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.spec.Names;

/** A real MLflow server on SQLite, and what its REST API says about runs. */
public final class Mlflow implements AutoCloseable {
  private final Folders folders;
  private final Consul consul;
  private int port = FreePort.next();
  private RunningProgram program;

  Mlflow(Folders folders, Consul consul) {
    this.folders = folders;
    this.consul = consul;
    program = launch();
  }

  private RunningProgram launch() {
    var state = folders.state("mlflow");
    return RunningProgram.start(
        "mlflow",
        folders.log("mlflow"),
        state,
        Map.of("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false"),
        List.of(
            Tools.program("mlflow", "mlflow"),
            "server",
            "--host=127.0.0.1",
            "--port=" + port,
            "--workers=1",
            "--backend-store-uri=sqlite:///" + state.resolve("mlflow.db"),
            "--serve-artifacts",
            "--artifacts-destination=" + state.resolve("artifacts")));
  }

  void awaitReady() {
    program.awaitReady(() -> rest().bytes("/health").length > 0);
    consul.register(Names.MLFLOW_SERVICE, port, "/health");
    consul.awaitPassing(Names.MLFLOW_SERVICE, port);
  }

  public Rest rest() {
    return new Rest(port);
  }

  public int port() {
    return port;
  }

  public String address() {
    return "http://127.0.0.1:" + port;
  }

  public RunningProgram program() {
    return program;
  }

  /** Starts it again where it was, with all it knew. */
  public void restart() {
    program.close();
    program = launch();
    awaitReady();
  }

  /** Starts it again on another port; Consul knows. */
  public void move() {
    port = FreePort.next();
    restart();
  }

  /** The runs of a submitted job. */
  public List<JsonNode> runsOf(String job) {
    return runs(rest(), "tags.`" + Names.TAG_JOB + "` = '" + job + "'");
  }

  /** The runs of all experiments of a server that a filter lets pass. */
  public static List<JsonNode> runs(Rest mlflow, String filter) {
    List<String> all = new ArrayList<>();
    experiments(mlflow).forEach(one -> all.add(one.path("experiment_id").asText()));
    return search(mlflow, filter, all);
  }

  /** The runs of an experiment; none when there is no such experiment. */
  public List<JsonNode> runsIn(String experiment) {
    for (JsonNode one : experiments(rest())) {
      if (one.path("name").asText().equals(experiment)) {
        return search(rest(), "", List.of(one.path("experiment_id").asText()));
      }
    }
    return List.of();
  }

  /** The file or folder of an artifact, where the server keeps it. */
  public Path stored(Run run, String path) {
    return folders
        .state("mlflow")
        .resolve("artifacts")
        .resolve(run.json().at("/info/experiment_id").asText())
        .resolve(run.id())
        .resolve("artifacts")
        .resolve(path);
  }

  /** A run by its id. */
  public Run run(String id) {
    return new Run(this, id);
  }

  private static JsonNode experiments(Rest mlflow) {
    return mlflow
        .post("/api/2.0/mlflow/experiments/search", Map.of("max_results", 1000))
        .path("experiments");
  }

  private static List<JsonNode> search(Rest mlflow, String filter, List<String> experiments) {
    List<JsonNode> runs = new ArrayList<>();
    mlflow
        .post(
            "/api/2.0/mlflow/runs/search",
            Map.of("experiment_ids", experiments, "filter", filter, "max_results", 1000))
        .path("runs")
        .forEach(runs::add);
    return runs;
  }

  /** The one run of a submitted job. */
  public Run runOf(String job) {
    List<JsonNode> runs = runsOf(job);
    if (runs.size() != 1) {
      throw new AssertionError(job + " has " + runs.size() + " runs: " + runs);
    }
    return new Run(this, runs.get(0).at("/info/run_id").asText());
  }

  @Override
  public void close() {
    program.close();
  }
}
