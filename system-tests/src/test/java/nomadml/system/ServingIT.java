package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.FreePort;
import nomadml.system.servers.Load;
import nomadml.system.servers.ModelServer;
import nomadml.system.servers.Python;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The model server with a real MLflow, asked by the clients people have. */
@TestInstance(Lifecycle.PER_CLASS)
final class ServingIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "digits";
  private static final String EXAMPLE = "serving_input_example.json";

  private final Cluster cluster = Cluster.start("serving", 0);

  private Path folder;
  private Path model;
  private JsonNode example;
  private JsonNode expected;

  /** Two versions of one model, of two trainings. */
  @BeforeAll
  void train(@TempDir Path temporary) throws IOException {
    folder = temporary;
    model = folder; // until there is one
    RoundTripData.write(folder);
    SubmitJob submitJob =
        SubmitJob.alone(folder).with("MLFLOW_TRACKING_URI", cluster.mlflow().address());
    for (int seed = 1; seed <= 2; seed++) {
      Path job =
          JobFiles.write(
              folder,
              "digits.yaml",
              "name: digits\nregister: digits\ntrain:\n  data: {format: csv, path: digits.csv.gz, label: digit}\n"
                  + "  model: {type: mlp, hidden: [32]}\n  epochs: 1\n  device: cpu\n  seed: %d\n"
                      .formatted(seed));
      submitJob.succeed(job.toString());
      submitJob.succeed("sync");
      if (seed == 1) {
        model = models().get(0);
      }
    }
    example = JSON.readTree(model.resolve(EXAMPLE).toFile());
    expected = predictedInProcess();
    promote("1");
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void answersMlflowsAndTritonsClientsAsDjlDoesInProcess() throws IOException {
    try (ModelServer server = serve("models:/digits/1")) {
      String port = Integer.toString(server.port());
      String request = model.resolve(EXAMPLE).toString();
      JsonNode mlflow = JSON.readTree(new Python(folder).run("scoring_client.py", port, request));
      PythonRoundTripIT.assertIdentical(mlflow.get("frame"), expected);
      PythonRoundTripIT.assertIdentical(mlflow.get("array"), expected);
      JsonNode triton = triton(port, request);
      assertThat(triton.get("live").asBoolean() && triton.get("ready").asBoolean()).isTrue();
      assertThat(triton.get("server").asText()).isEqualTo("nomad-ml");
      for (String way : List.of("binary", "json", "any")) {
        PythonRoundTripIT.assertIdentical(triton.get(way), expected);
      }
    }
  }

  @Test
  void swapsToTheVersionThatAnAliasMovesToAndFailsNoRequest() throws Exception {
    promote("1");
    try (ModelServer server = serve("models:/digits@champion", "--watch", "200ms");
        Load load = Load.start(8, example, server.port())) {
      load.awaitAnswers("1", 200);
      promote("2");
      load.awaitAnswers("2", 200);
      promote("1");
      load.awaitAnswers("1", load.answers("1") + 200);
      load.stop();
      assertThat(load.failures()).isEmpty();
      assertThat(server.rest().bytes("/metrics"))
          .asString()
          .contains("serving_model_info{model=\"digits\",version=\"1\"")
          .doesNotContain("serving_model_info{model=\"digits\",version=\"2\"");
    } finally {
      promote("1");
    }
  }

  @Test
  void keepsTheVersionItHasWhenTheNextCannotBeServed() throws IOException {
    try (ModelServer server = serve("models:/digits@champion", "--watch", "200ms")) {
      String version = registerBroken();
      promote(version);
      Eventually.until(
          "the failure is counted",
          () ->
              new String(server.rest().bytes("/metrics"), StandardCharsets.UTF_8)
                  .contains("serving_reload_failures_total{model=\"digits\",version=\"1\",} 1.0"));
      PythonRoundTripIT.assertIdentical(predictions(server), expected);
      assertThat(server.program().errors()).contains("is not served, 1 goes on");
    } finally {
      promote("1");
    }
  }

  /** One of two servers leaves, as a gateway sees it. */
  @Test
  void leavesOnSigtermAndFailsNoRequest() throws Exception {
    try (ModelServer first = serve("models:/digits/1");
        ModelServer second = serve("models:/digits/1");
        Load load = Load.start(8, example, first.port(), second.port())) {
      load.awaitAnswers("1", 500);
      first.program().signal("TERM");
      assertThat(first.program().awaitExit()).isZero();
      load.awaitAnswers("1", load.answers("1") + 500);
      load.stop();
      assertThat(load.failures()).isEmpty();
    }
  }

  @Test
  void startsWithoutMlflowFromWhatTheNodeKept() throws IOException {
    String digest = digest("1");
    try (ModelServer server = serve("models:/digits/1", "--digest", digest)) {
      PythonRoundTripIT.assertIdentical(predictions(server), expected);
    }
    Map<String, String> nowhere =
        Map.of("MLFLOW_TRACKING_URI", "http://127.0.0.1:" + FreePort.next());
    try (ModelServer server =
        ModelServer.start(folder, nowhere, "models:/digits/1", "--digest", digest)) {
      PythonRoundTripIT.assertIdentical(predictions(server), expected);
    }
  }

  @Test
  void refusesAModelThatIsNotWhatItsDigestSays() throws IOException {
    assertThat(digest("1")).startsWith("sha256:");
    String other = "sha256:" + "0".repeat(64);
    refuses(2, "is not what it should be", "models:/digits/1", "--digest", other);
    refuses(2, "is not what it should be", model.toString(), "--digest", other);
    Files.writeString(model.resolve("data/extra"), "x");
    try {
      refuses(2, "is not what it should be", model.toString(), "--digest", digest("1"));
    } finally {
      Files.delete(model.resolve("data/extra"));
    }
    try (ModelServer server =
        ModelServer.start(folder, Map.of(), model.toString(), "--digest", digest("1"))) {
      PythonRoundTripIT.assertIdentical(predictions(server), expected);
    }
  }

  @Test
  void saysWhatIsWrongWithItsOptions() throws IOException {
    refuses(2, "digits/99", "models:/digits/99");
    refuses(2, "digits@nobody", "models:/digits@nobody");
    refuses(2, "nothing", "models:/nothing/latest");
    refuses(2, "must look like models:/NAME/VERSION", "models:digits");
    refuses(2, "there is no folder", "elsewhere");
    refuses(2, "is no digest", "models:/digits/1", "--digest", "abc");
    refuses(2, "--queue must be at least 1", "models:/digits/1", "--queue", "0");
    refuses(2, "is no time: write 5ms", "models:/digits/1", "--deadline", "soon");
    refuses(2, "is no size", "models:/digits/1", "--max-body", "much");
    refuses(2, "no GPU is visible", model.toString(), "--device", "cuda");
    refuses(2, "0 TorchScript files", Files.createDirectories(folder.resolve("empty")).toString());
    Path pickle = Files.writeString(folder.resolve("state.pt"), "a state_dict");
    refuses(2, "can't be read as TorchScript", pickle.toString());
    Map<String, String> nowhere =
        Map.of("MLFLOW_TRACKING_URI", "http://127.0.0.1:" + FreePort.next());
    try (ModelServer server = ModelServer.launch(folder, nowhere, "models:/digits/1")) {
      assertThat(server.program().awaitExit()).isEqualTo(5);
      assertThat(server.program().errors()).contains("can't be fetched", "hint: ");
    }
  }

  private void refuses(int exitCode, String reason, String served, String... options) {
    try (ModelServer server = ModelServer.launch(folder, environment(), served, options)) {
      assertThat(server.program().awaitExit()).as(server.program().errors()).isEqualTo(exitCode);
      assertThat(server.program().errors()).contains(reason);
    }
  }

  private ModelServer serve(String served, String... options) {
    return ModelServer.start(folder, environment(), served, options);
  }

  private Map<String, String> environment() {
    return Map.of("MLFLOW_TRACKING_URI", cluster.mlflow().address(), "OMP_NUM_THREADS", "1");
  }

  private JsonNode predictions(ModelServer server) {
    return server.rest().post("/invocations", example).get("predictions");
  }

  private JsonNode predictedInProcess() throws IOException {
    return PythonRoundTripIT.predict(folder, model, model.resolve(EXAMPLE).toString());
  }

  private JsonNode triton(String port, String request) throws IOException {
    Path script = folder.resolve("triton.py");
    try (var resource = ServingIT.class.getResourceAsStream("triton.py")) {
      Files.write(script, Objects.requireNonNull(resource).readAllBytes());
    }
    RunningProgram program =
        RunningProgram.start(
            "triton",
            folder.resolve("triton.out"),
            folder.resolve("triton.err"),
            folder,
            Map.of(),
            List.of(
                Tools.program("tritonclient", "python3"),
                script.toString(),
                port,
                NAME,
                "1",
                request));
    assertThat(program.awaitExit()).as(program.errors()).isZero();
    return JSON.readTree(program.output());
  }

  private void promote(String version) {
    cluster
        .mlflow()
        .rest()
        .post(
            "/api/2.0/mlflow/registered-models/alias",
            Map.of("name", NAME, "alias", "champion", "version", version));
  }

  private String digest(String version) {
    for (JsonNode tag :
        cluster
            .mlflow()
            .rest()
            .get("/api/2.0/mlflow/model-versions/get?name=digits&version=" + version)
            .at("/model_version/tags")) {
      if (tag.path("key").asText().equals("nomad_ml.model_digest")) {
        return tag.path("value").asText();
      }
    }
    throw new AssertionError("version " + version + " has no digest");
  }

  /** A version whose files are no model. */
  private String registerBroken() {
    JsonNode run =
        cluster
            .mlflow()
            .rest()
            .post("/api/2.0/mlflow/runs/create", Map.of("experiment_id", "0"))
            .at("/run/info");
    return cluster
        .mlflow()
        .rest()
        .post(
            "/api/2.0/mlflow/model-versions/create",
            Map.of(
                "name",
                NAME,
                "run_id",
                run.path("run_id").asText(),
                "source",
                run.path("artifact_uri").asText() + "/model"))
        .at("/model_version/version")
        .asText();
  }

  private List<Path> models() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("state"))) {
      return files
          .filter(file -> file.endsWith("model/MLmodel"))
          .map(file -> file.resolveSibling(""))
          .toList();
    }
  }
}
