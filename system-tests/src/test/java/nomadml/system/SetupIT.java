package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nomadml.spec.Names;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Installation;
import nomadml.system.servers.Installation.Called;
import nomadml.system.servers.Mlflow;
import nomadml.system.servers.ObjectStore;
import nomadml.system.servers.Rest;
import nomadml.system.servers.Signal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** {@code setup.sh} on this machine: what it starts is well, and what it keeps comes back. */
@TestInstance(Lifecycle.PER_CLASS)
final class SetupIT {
  private static final List<String> PARTS =
      List.of(
          "consul",
          "nomad",
          "mlflow",
          "pushgateway",
          "node-exporter",
          "blackbox-exporter",
          "prometheus",
          "trainer",
          "serving",
          "reconciler",
          "backup");

  private static final List<String> SERVICES =
      List.of("mlflow", "pushgateway", "prometheus", "node-exporter", "blackbox-exporter");

  private static final String RECONCILER = "nomad/jobs/nomad-ml-reconciler";

  private final Installation installation = new Installation();
  private final SubmitJob submitJob = SubmitJob.on(installation, "me");

  SetupIT() {
    installation.succeed("up");
    submitJob.succeed(
        JobFiles.DIGITS.toString(),
        "--follow",
        "--set",
        "train.epochs=2",
        "--set",
        "register=kept");
  }

  @AfterAll
  void end() {
    installation.close();
  }

  @Test
  void statusTellsOfEachPartThatItIsWellAndSinceWhen() {
    JsonNode parts = json(installation.succeed("status", "--json"));
    assertThat(parts.findValuesAsText("name")).isEqualTo(PARTS);
    for (JsonNode part : parts) {
      assertThat(part.path("well").asBoolean()).as(part.toString()).isTrue();
      if (!List.of("reconciler", "backup").contains(part.path("name").asText())) {
        assertThat(part.path("version").asText())
            .as(part.toString())
            .containsPattern("\\d+\\.\\d+");
        assertThat(part.path("since").asText()).as(part.toString()).startsWith("20");
      }
    }
    assertThat(installation.succeed("status").lines()).hasSize(PARTS.size() + 1);
  }

  @Test
  void upAgainChangesNothing() {
    Map<String, String> before = runningTasks();
    installation.succeed("up");
    assertThat(runningTasks()).isEqualTo(before);
  }

  @Test
  void oneServiceIsStartedAnewAndTheOthersStay() {
    Map<String, String> before = runningTasks();
    assertThat(installation.call("restart", "pushgateway").errors()).contains("passes");
    Map<String, String> after = runningTasks();
    assertThat(after.remove("pushgateway")).isNotEqualTo(before.remove("pushgateway"));
    assertThat(after).isEqualTo(before);
    installation.succeed("restart", "nomad");
    assertThat(runningTasks()).containsAllEntriesOf(before);
    installation.succeed("status");
  }

  @Test
  void anUpdateMakesABackupAndExchangesWhatChanged() {
    Map<String, String> before = runningTasks();
    Called update = installation.with("PROMETHEUS_RETENTION", "16d").call("update");
    assertThat(update.exitCode()).as(update.toString()).isZero();
    assertThat(update.errors()).contains("nomad is as this tree wants it", "kept in");
    Map<String, String> after = runningTasks();
    assertThat(after.remove("prometheus")).isNotEqualTo(before.remove("prometheus"));
    assertThat(after).isEqualTo(before);
    installation.succeed("status");
  }

  @Test
  void aTrainingLosesNothingWhileEachServerIsKilledInTurn() {
    String job =
        submitJob.submit(JobFiles.DIGITS, JobFiles.slow("survivor", 120)).path("job_id").asText();
    Eventually.until("it trains", () -> !losses(idOf(job)).isEmpty());
    for (String service : SERVICES) {
      String started = runningTasks().getOrDefault(service, "");
      Signal.killAll(installation.processes(service));
      Eventually.until(
          service + " was started again",
          () -> !started.equals(runningTasks().getOrDefault(service, started)) && passes(service));
    }
    for (String agent : List.of("consul", "nomad")) {
      Signal.killAll(List.of(installation.agent(agent)));
      assertThat(installation.call("status").exitCode()).isEqualTo(1);
      installation.succeed("up");
      installation.succeed("status");
    }
    Eventually.until(
        "it has ended", () -> runOf(job).at("/info/status").asText().equals("FINISHED"));
    assertThat(losses(idOf(job))).hasSize(120).doesNotHaveDuplicates();
    assertThat(installation.nomad().get("/v1/job/" + job + "/allocations?all=true")).hasSize(1);
    assertThat(submitJob.succeed("logs", job).output()).doesNotContain("lost");
  }

  /** The reconciler's next minute tells it, and the one after does not tell it again. */
  @Test
  void whoAskedForItIsToldOnce() throws IOException {
    List<JsonNode> received = new CopyOnWriteArrayList<>();
    HttpServer hook =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hook.createContext(
        "/hook",
        exchange -> {
          received.add(new ObjectMapper().readTree(exchange.getRequestBody()));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    hook.start();
    try {
      String address = "http://127.0.0.1:" + hook.getAddress().getPort() + "/hook";
      installation.nomad().put("/v1/var/" + RECONCILER, variable(RECONCILER, "hook", address));
      Path file =
          JobFiles.command(
              installation.folders().state("jobs"),
              "told",
              "[sh, -c, 'exit 3']",
              "notify: [{to: hook, on: [failed]}, {to: hook, on: [finished, failed]}]");
      submitJob.call(file.toString(), "--follow");
      Eventually.until("it is told", () -> !received.isEmpty());
      Eventually.until("the reconciler has nothing left to tell", () -> open().isEmpty());
      assertThat(received).hasSize(1);
      assertThat(received.get(0).path("event").asText()).isEqualTo("failed");
      assertThat(received.get(0).path("cause").asText()).isEqualTo("user_error");
      assertThat(received.get(0).path("job").asText()).startsWith("told-");
    } finally {
      hook.stop(0);
    }
  }

  private List<JsonNode> open() {
    return runs("tags.`" + Names.TAG_NOTIFY_OPEN + "` = 'yes'");
  }

  private boolean passes(String service) {
    return !installation.consul().get("/v1/health/service/" + service + "?passing").isEmpty();
  }

  private String idOf(String job) {
    return runOf(job).at("/info/run_id").asText();
  }

  /** A training that runs at the backup's time goes on; all else is as it was. */
  @Test
  void aBackupIsBroughtBackOnAnEmptyInstallation() throws IOException {
    String path = "nomad/jobs/kept";
    installation.nomad().put("/v1/var/" + path, variable(path, "secret", "of the job"));
    installation.consul().put("/v1/kv/kept", "value");
    JsonNode training = submitJob.submit(JobFiles.DIGITS, JobFiles.slow("interrupted", 25));
    String job = training.path("job_id").asText();
    Eventually.until("it has a checkpoint", () -> checkpoints(runOf(job)) > 0);
    installation.succeed("backup");
    final Map<String, String> kept = everything(job);
    final String interrupted = idOf(job);
    assertThat(installation.succeed("backup", "--list")).contains("nomad-ml");
    assertRefused(installation.call("restore"), "holds a platform already");

    installation.succeed("down", "--volumes");
    assertThat(installation.state().resolve("platform")).doesNotExist();
    installation.succeed("restore");

    assertThat(everything(job)).isEqualTo(kept);
    installation.succeed("status");
    Eventually.until(
        "the training has gone on to its end",
        () -> runOf(job).at("/info/status").asText().equals("FINISHED"));
    assertThat(idOf(job)).isEqualTo(interrupted);
    assertThat(losses(interrupted)).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void artifactsGoIntoABucketWhoseKeysNoJobShows() {
    try (ObjectStore store = ObjectStore.start(installation.folders())) {
      store.makeBucket("artifacts");
      installation.with(store.environment()).with("MLFLOW_ARTIFACTS", "s3://artifacts/of/mlflow");
      installation.succeed("update");
      String path = "/api/2.0/mlflow-artifacts/artifacts/kept/";
      installation.mlflow().put(path + "number.json", 42);
      assertThat(store.keys("artifacts")).containsExactly("of/mlflow/kept/number.json");
      JsonNode job = installation.nomad().get("/v1/job/mlflow");
      JsonNode variable = installation.nomad().get("/v1/var/nomad/jobs/mlflow");
      String secret = store.environment().getOrDefault("AWS_SECRET_ACCESS_KEY", "");
      assertThat(variable.at("/Items/AWS_SECRET_ACCESS_KEY").asText()).isEqualTo(secret);
      assertThat(job.toString()).contains("s3://artifacts").doesNotContain(secret);

      installation.succeed("up");
      assertThat(installation.nomad().get("/v1/var/nomad/jobs/mlflow")).isEqualTo(variable);
      assertThat(installation.nomad().get("/v1/job/mlflow").path("Version"))
          .isEqualTo(job.path("Version"));
    } finally {
      installation.without(
          List.of(
              "MLFLOW_ARTIFACTS",
              "MLFLOW_S3_ENDPOINT_URL",
              "AWS_ACCESS_KEY_ID",
              "AWS_SECRET_ACCESS_KEY"));
      installation.succeed("update");
    }
  }

  @Test
  void everythingThatWouldStopUpIsToldAtOnce() {
    Map<String, String> wrong =
        Map.of(
            "MLFLOW_BACKEND_STORE", "postgresql://mlflow:hush-hush@127.0.0.1:1/mlflow",
            "MLFLOW_ARTIFACTS", "gs://bucket",
            "MLFLOW_S3_ENDPOINT_URL", "s3.example",
            "BACKUP_DATABASE", "perhaps");
    try {
      Called called = installation.with(wrong).call("validate", "--json");
      assertThat(called.exitCode()).isEqualTo(1);
      JsonNode problems = json(called.output());
      assertThat(problems.findValuesAsText("problem"))
          .hasSize(4)
          .satisfiesExactly(
              one -> assertThat(one).contains("MLFLOW_BACKEND_STORE has a password in it"),
              one -> assertThat(one).contains("gs://bucket"),
              one -> assertThat(one).contains("s3.example"),
              one -> assertThat(one).contains("perhaps"));
      assertThat(problems.findValuesAsText("hint")).hasSize(4).doesNotContain("");
      assertThat(called.toString()).doesNotContain("hush-hush");
      String unreachable = "postgresql://mlflow@127.0.0.1:1/mlflow";
      called = installation.with("MLFLOW_BACKEND_STORE", unreachable).call("validate", "--json");
      assertThat(json(called.output()).findValuesAsText("problem").get(0))
          .containsPattern("MLflow's database (does not let us in|could not be backed up)");
    } finally {
      installation.without(wrong.keySet());
    }
  }

  /** None is written: a machine that runs the tests may have a systemd that is nobody's toy. */
  @Test
  void theUnitsOfSystemdNameWhatIsThereAndNoSecret() {
    Map<String, String> mine =
        Map.of("AWS_SECRET_ACCESS_KEY", "hush-hush", "NOMAD_ADDR", "http://other.example");
    String units = installation.with(mine).succeed("install", "--systemd", "--print");
    installation.without(mine.keySet());
    assertThat(units).doesNotContain("hush-hush", "other.example");
    List<String> starts = units.lines().filter(line -> line.startsWith("ExecStart=")).toList();
    assertThat(starts).hasSize(2);
    for (String start : starts) {
      List<Path> named =
          Pattern.compile("/[^\"]+")
              .matcher(start)
              .results()
              .map(one -> Path.of(one.group()))
              .toList();
      assertThat(named).hasSizeGreaterThan(3).allSatisfy(file -> assertThat(file).isRegularFile());
      assertThat(named.get(0)).isExecutable();
      assertThat(start).contains(installation.state() + "/");
    }
    String nomad = units.substring(units.indexOf("nomad-ml-nomad.service"));
    assertThat(nomad).contains("KillMode=process", "After=", "nomad-ml-consul.service");
    assertThat(units.lines().filter(line -> line.matches("Restart=on-failure|LimitNOFILE=\\d+")))
        .hasSize(4);
    assertThat(units.lines().filter(line -> line.startsWith("UnsetEnvironment=NOMAD_ADDR ")))
        .hasSize(2);
  }

  @Test
  void settingsAreShownWithoutTheirSecrets() {
    Called shown = installation.with("AWS_SECRET_ACCESS_KEY", "hush-hush").call("config");
    assertThat(shown.output())
        .containsPattern("AWS_SECRET_ACCESS_KEY +\\*+ +environment")
        .containsPattern("BACKUP_KEEP +7 +default")
        .doesNotContain("hush-hush");
    JsonNode settings = json(installation.succeed("config", "--json"));
    assertThat(settings.findValuesAsText("name")).contains("MLFLOW_PORT", "BACKUP_CRON");
  }

  @Test
  void wrongWordsAreNamedAndNothingIsDone() {
    for (String[] words :
        new String[][] {
          {"upp"},
          {"up", "now"},
          {"up", "--volumes"},
          {"restart", "postgres"},
          {"logs"},
          {"--what"},
          {"up", "--systemd"},
          {"install", "--print"},
          {"backup", "--json"},
          {"clean", "--systemd", "--volumes"}
        }) {
      Called called = installation.call(words);
      assertThat(called.exitCode()).as(called.toString()).isEqualTo(2);
      assertThat(called.errors()).contains("setup.sh: ", "Usage: ");
    }
    assertRefused(installation.call("clean", "--volumes"), "nobody is here to be asked");
    assertRefused(installation.call("restore", "no-such-backup"), "holds a platform already");
  }

  @Test
  void settingsOfNoUseAreNamed() {
    Called called =
        installation
            .with("LOGS", "perhaps")
            .with("LOKI_RETENTION", "12h")
            .with("GATEWAY", "perhaps")
            .call("validate");
    installation.with("LOGS", "no").with("LOKI_RETENTION", "15d").with("GATEWAY", "no");
    assertThat(called.exitCode()).as(called.toString()).isEqualTo(1);
    assertThat(called.errors())
        .contains("LOGS is 'perhaps'", "LOKI_RETENTION is '12h'", "GATEWAY is 'perhaps'", "hint: ");
  }

  private static void assertRefused(Called called, String why) {
    assertThat(called.exitCode()).as(called.toString()).isEqualTo(1);
    assertThat(called.errors()).contains("setup.sh: ", why, "hint: ");
  }

  /** The platform's services, and which process of each runs. */
  private Map<String, String> runningTasks() {
    Map<String, String> tasks = new TreeMap<>();
    for (JsonNode one : installation.nomad().get("/v1/allocations")) {
      if (one.path("ClientStatus").asText().equals("running")) {
        one.path("TaskStates")
            .forEach(
                task -> tasks.put(one.path("JobID").asText(), task.path("StartedAt").asText()));
      }
    }
    tasks.keySet().removeIf(job -> !PARTS.contains(job));
    return tasks;
  }

  /** What a backup has to bring back, but for a job that goes on. */
  private Map<String, String> everything(String running) throws IOException {
    Map<String, String> all = new TreeMap<>();
    for (JsonNode run : runs("tags.`" + Names.TAG_JOB + "` != '" + running + "'")) {
      all.put("run " + run.at("/info/run_id").asText(), run.toString());
    }
    assertThat(all).isNotEmpty();
    String version = "/api/2.0/mlflow/model-versions/search?filter=" + Rest.encode("name = 'kept'");
    all.put("model", installation.mlflow().get(version).path("model_versions").toString());
    String variable = installation.nomad().get("/v1/var/nomad/jobs/kept").path("Items").toString();
    all.put("variable", variable);
    all.put("key", installation.consul().get("/v1/kv/kept").at("/0/Value").asText());
    installation
        .nomad()
        .get("/v1/jobs")
        .forEach(job -> all.put("job " + job.path("ID").asText(), job.path("Type").asText()));
    all.keySet().removeIf(key -> key.contains("/periodic-"));
    Path artifacts = installation.state().resolve("platform/mlflow/artifacts");
    String folder = idOf(running);
    try (Stream<Path> files = Files.walk(artifacts)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String path = artifacts.relativize(file).toString();
        if (!path.contains(folder)) {
          all.put(path, sha256(file));
        }
      }
    }
    return all;
  }

  private static Map<String, Object> variable(String path, String key, String value) {
    return Map.of("Path", path, "Items", Map.of(key, value));
  }

  private JsonNode runOf(String job) {
    return runs("tags.`" + Names.TAG_JOB + "` = '" + job + "'").get(0);
  }

  private List<JsonNode> runs(String filter) {
    return Mlflow.runs(installation.mlflow(), filter);
  }

  private int checkpoints(JsonNode run) {
    String list = "/api/2.0/mlflow/artifacts/list?path=checkpoints&run_id=";
    return installation.mlflow().get(list + run.at("/info/run_id").asText()).path("files").size();
  }

  /** The steps at which the run's training loss was told. */
  private List<String> losses(String run) {
    String history = "/api/2.0/mlflow/metrics/get-history?metric_key=train_loss&run_id=";
    return installation.mlflow().get(history + run).findValuesAsText("step");
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(text, e);
    }
  }
}
