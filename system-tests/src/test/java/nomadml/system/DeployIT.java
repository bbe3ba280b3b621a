package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Prometheus;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * Deployments of real models on a real cluster, under load: no request fails, whatever becomes of
 * the new version.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class DeployIT {
  private static final String GOLDEN = Repository.file("examples/data/digits.csv.gz").toString();
  private static final String[] QUICK = {
    "--cpu=200",
    "--memory=700MiB",
    "--min-healthy-time=1s",
    "--gate-window=5s",
    "--gate-deadline=3m"
  };

  private final Cluster cluster = Cluster.start("deploy", 1);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "deploy");
  private RegisteredModels models;

  @BeforeAll
  void train() {
    Prometheus.beside(cluster);
    models =
        new RegisteredModels(
            cluster,
            trained("good"),
            trained("bad", "train.epochs=1", "train.optimizer.learning_rate=1e-9"));
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  /** The node has room for a few servers. */
  @AfterEach
  void stop() {
    for (JsonNode job : cluster.nomad().jobs(Names.SERVE_PREFIX)) {
      cluster.nomad().stop(job.path("ID").asText());
      cluster.nomad().awaitDead(job.path("ID").asText());
    }
  }

  private Submitted trained(String name, String... overrides) {
    String[] arguments = {"--set", "name=" + name, "--set", "register="};
    for (String override : overrides) {
      arguments = SubmitJob.joined(List.of(arguments), "--set", override);
    }
    Submitted job = Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, arguments));
    job.awaitFinished();
    return job;
  }

  @Test
  void canaryThatIsAsGoodIsPromotedAndNoRequestFails() {
    String model = models.register("promoted", true, true);
    deploy(model + "/1");
    assertThat(models.alias(model, "champion")).isEqualTo("1");
    try (Load load = Load.on(cluster, service(model))) {
      load.awaitAnswersOf("1");
      SubmitJob.Called called =
          deploy(
              model + "/2",
              "--gate=error_rate<=0.01",
              "--gate=p95<=20x",
              "--gate=requests>=20",
              "--gate=accuracy>=stable-0.005",
              "--golden=" + GOLDEN,
              "--golden-label=digit");
      assertThat(called.errors())
          .contains("is healthy", "requests>=20 holds", "accuracy>=stable-0.005 holds");
      load.awaitAnswersOf("2");
      assertThat(load.failures()).isEmpty();
    }
    assertThat(models.alias(model, "champion")).isEqualTo("2");
    assertThat(running(model)).containsOnly("2");
    assertThat(models.tags(model, "2"))
        .containsEntry("nomad_ml.deploy.state", "promoted")
        .containsKey(Names.TAG_MODEL_DIGEST);
    String history = submitJob.succeed("deploy", "history", model).output();
    assertThat(history)
        .contains("deploy " + model + "/2 after version 1: promoted", "error_rate<=0.01 holds");

    SubmitJob.Called back = submitJob.succeed("deploy", "rollback", model, "--reason=test");
    assertThat(back.output()).contains(model + "/1 is promoted");
    assertThat(models.alias(model, "champion")).isEqualTo("1");
    submitJob.succeed("deploy", "stop", model);
    Eventually.until(
        "Consul forgets " + model, () -> cluster.consul().passing(service(model)).isEmpty());
  }

  @Test
  void wrongAnswersAreTakenBack() {
    String model = models.register("wrong", true, false);
    deploy(model + "/1");
    try (Load load = Load.on(cluster, service(model))) {
      load.awaitAnswersOf("1");
      SubmitJob.Called called =
          call(
              model + "/2",
              "--gate=accuracy>=stable-0.005",
              "--golden=" + GOLDEN,
              "--golden-label=digit");
      assertTakenBack(called, model, "accuracy>=stable-0.005 does not hold");
      assertThat(load.failures()).isEmpty();
    }
  }

  @Test
  void crashAtTheStartIsTakenBackWithItsReason() {
    String model = models.register("crash", true, true);
    deploy(model + "/1");
    models.tag(model, "2", Names.TAG_MODEL_DIGEST, "sha256:" + "0".repeat(64));
    try (Load load = Load.on(cluster, service(model))) {
      load.awaitAnswersOf("1");
      SubmitJob.Called called = call(model + "/2");
      assertTakenBack(called, model, "a server did not become healthy");
      assertThat(called.errors()).contains("Exit Code: 2", "wrote:");
      assertThat(load.failures()).isEmpty();
    }
  }

  @Test
  void slowOneIsTakenBack() {
    String model = models.register("slow", true, true);
    deploy(model + "/1");
    try (Load load = Load.on(cluster, service(model))) {
      load.awaitAnswersOf("1");
      SubmitJob.Called called =
          call(
              model + "/2", "--max-delay=700ms", "--gate=requests>=10", "--gate=p95<=stable+200ms");
      assertTakenBack(called, model, "p95<=stable+200ms does not hold");
      assertThat(load.failures()).isEmpty();
    }
  }

  /** Nomad's own deadline must not end what waits for a human. */
  @Test
  void commandThatWaitsMayDieAndAnotherMachineDecides() {
    String model = models.register("approved", true, true);
    deploy(model + "/1");
    String[] wish =
        arguments(
            model + "/2",
            "--approve=1h",
            "--drain=5s",
            "--healthy-deadline=60s",
            "--progress-deadline=65s");
    RunningProgram waiting = submitJob.start(wish);
    String open = "nomad_ml.deploy.state";
    Eventually.until("it waits", () -> "waiting".equals(models.tags(model, "2").get(open)));
    waiting.signal("KILL");
    waiting.awaitExit();
    long before = System.nanoTime();
    Eventually.until(
        "Nomad's progress deadline is over",
        () -> System.nanoTime() - before > 70_000_000_000L && running(model).contains("2"));
    assertThat(deployment(model).path("Status").asText()).isEqualTo("running");
    assertThat(running(model)).contains("1", "2");
    assertThat(models.alias(model, "champion")).isEqualTo("1");

    RunningProgram again = submitJob.start(wish);
    SubmitJob elsewhere = SubmitJob.on(cluster, "elsewhere");
    assertThat(elsewhere.succeed("deploy", "status", model).output()).contains("canary", "waiting");
    elsewhere.succeed("deploy", "promote", model, "--reason=looks good");
    assertThat(again.awaitExit()).as(again.errors()).isZero();
    assertThat(again.errors()).contains("goes on with deployment");
    assertThat(models.alias(model, "champion")).isEqualTo("2");
    assertThat(submitJob.succeed("deploy", "history", model).output())
        .contains("approved", "looks good");
  }

  @Test
  void humanSaysNo() {
    String model = models.register("rejected", true, true);
    deploy(model + "/1");
    RunningProgram waiting = submitJob.start(arguments(model + "/2", "--approve=1h"));
    Eventually.until(
        "it waits", () -> "waiting".equals(models.tags(model, "2").get("nomad_ml.deploy.state")));
    SubmitJob.on(cluster, "elsewhere").succeed("deploy", "reject", model, "--reason=not today");
    assertThat(waiting.awaitExit()).as(waiting.errors()).isEqualTo(ExitCode.CANCELLED.number());
    assertThat(waiting.errors()).contains("not today", "version 1 serves on");
    awaitOnly(model, "1");
    assertThat(models.alias(model, "champion")).isEqualTo("1");
  }

  @Test
  void firstOneWithWrongAnswersIsStopped() {
    String model = models.register("first", false);
    SubmitJob.Called called =
        call(model + "/1", "--gate=accuracy>=0.9", "--golden=" + GOLDEN, "--golden-label=digit");
    assertThat(called.exitCode())
        .as(called.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(called.errors()).contains("accuracy>=0.9 does not hold", "nothing runs now");
    Eventually.until(
        "nothing of " + model + " is left",
        () -> cluster.consul().passing(service(model)).isEmpty());
    assertThat(models.alias(model, "champion")).isEmpty();
  }

  @Test
  void nomadsOwnToolTakesTheRenderedJob() {
    String model = models.register("rendered", true);
    JsonNode job =
        submitJob.succeed("deploy", model + "/1", "--render", "--count=3").json().path("Job");
    assertThat(job.at("/TaskGroups/0/Count").asInt()).isEqualTo(3);
    JsonNode valid = cluster.nomad().rest().put("/v1/validate/job", Map.of("Job", job));
    assertThat(valid.path("ValidationErrors").isEmpty()).as(valid.toString()).isTrue();
    assertThat(cluster.nomad().jobs(service(model))).isEmpty();
  }

  private void assertTakenBack(SubmitJob.Called called, String model, String reason) {
    assertThat(called.exitCode())
        .as(called.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(called.errors()).contains(reason, "version 1 serves on");
    awaitOnly(model, "1");
    assertThat(models.alias(model, "champion")).isEqualTo("1");
    assertThat(submitJob.succeed("deploy", "history", model).output())
        .contains(model + "/2 after version 1: failed", reason);
  }

  private void awaitOnly(String model, String version) {
    Eventually.asserted(
        "only version " + version, () -> assertThat(running(model)).containsOnly(version));
  }

  /** The versions that run. */
  private List<String> running(String model) {
    JsonNode status =
        submitJob.succeed("deploy", "status", model, "-o", "json").json().path("servers");
    return status.findValuesAsText("version");
  }

  private JsonNode deployment(String model) {
    return cluster.nomad().rest().get("/v1/job/" + service(model) + "/deployment");
  }

  private SubmitJob.Called deploy(String... arguments) {
    return submitJob.succeed(arguments(arguments));
  }

  private SubmitJob.Called call(String... arguments) {
    return submitJob.call(arguments(arguments));
  }

  private static String[] arguments(String... more) {
    return SubmitJob.joined(List.of(SubmitJob.joined(List.of("deploy"), QUICK)), more);
  }

  private static String service(String model) {
    return Names.SERVE_PREFIX + model;
  }
}
