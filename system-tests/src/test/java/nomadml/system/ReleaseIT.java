package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Releases through four environments, which are namespaces of a real Nomad. */
@TestInstance(Lifecycle.PER_CLASS)
final class ReleaseIT {
  private static final List<String> ALL = List.of("test", "gpu-test", "prod", "gpu-prod");
  private static final String QUICK =
      "cpu: 200, memory: 600MiB, min_healthy_time: 1s, gate_window: 5s, gate_deadline: 3m";

  private final Cluster cluster = Cluster.start("release", 1);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "release");
  private RegisteredModels models;

  @BeforeAll
  void train() throws IOException {
    StringBuilder config = new StringBuilder("contexts:\n");
    for (String context : ALL) {
      cluster.nomad().rest().put("/v1/namespace/" + context, Map.of("Name", context));
      config.append(
          "  %s: {nomad: '%s', namespace: %s, deploy: {%s%s}}%n"
              .formatted(
                  context,
                  cluster.nomad().address(),
                  context,
                  QUICK,
                  context.equals("prod")
                      ? ", golden: %s, golden_label: digit, gates: ['accuracy>=stable-0.005']"
                          .formatted(Repository.file("examples/data/digits.csv.gz"))
                      : ""));
    }
    Path file = submitJob.folder().resolve(".config/nomad-ml/config.yaml");
    Files.createDirectories(file.getParent());
    Files.writeString(file, config);
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

  private Submitted trained(String name, String... overrides) {
    List<String> arguments =
        new ArrayList<>(List.of("--set", "name=" + name, "--set", "register="));
    for (String override : overrides) {
      arguments.addAll(List.of("--set", override));
    }
    Submitted job =
        Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, arguments.toArray(String[]::new)));
    job.awaitFinished();
    return job;
  }

  @Test
  void goesOnAfterItWasKilledAndDeploysNoStageTwice() throws IOException {
    String model = models.register("released", true, true);
    submitJob.succeed("release", model + "/1", "--stages", String.join(",", ALL));
    assertThat(models.alias(model, "champion")).isEqualTo("1");

    String[] command = {"release", model + "/2", "--report", "release.xml"};
    RunningProgram killed = submitJob.start(command);
    awaitHuman(model);
    killed.signal("KILL");
    killed.awaitExit();
    assertThat(models.alias(model, "champion")).isEqualTo("1");

    RunningProgram again = submitJob.start(command);
    approver().succeed("deploy", "promote", model, "--reason=looks good");
    assertThat(again.awaitExit()).as(again.errors()).isZero();
    assertThat(again.errors()).contains("goes on with release").doesNotContain("stage 1 of 4");
    assertThat(models.alias(model, "champion")).isEqualTo("2");
    for (String context : ALL) {
      assertThat(running(model, context)).as(context).containsOnly("2");
      assertThat(deployments(model, context)).as(context).hasSize(2);
    }
    assertThat(Files.readString(submitJob.folder().resolve("release.xml")))
        .contains("tests=\"5\" failures=\"0\" errors=\"0\" skipped=\"0\"")
        .contains("gate accuracy&gt;=stable-0.005");
    assertThat(submitJob.succeed("release", "history", model).output())
        .contains(model + "/1  released", model + "/2  released");
    makeRoom(model, ALL);
  }

  @Test
  void refusedAtItsGateItGoesBackInEarlierStagesToo() {
    String model = models.register("refused", true, false);
    String[] stages = {"--stages", "test,prod"};
    submitJob.succeed(SubmitJob.joined(List.of("release", model + "/1"), stages));
    SubmitJob.Called called =
        submitJob.call(
            SubmitJob.joined(List.of("release", model + "/2", "--revert-earlier"), stages));
    assertThat(called.exitCode())
        .as(called.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(called.errors())
        .contains("prod: not released: accuracy>=stable-0.005 does not hold")
        .contains("test: went back to version 1");
    for (String context : List.of("test", "prod")) {
      Eventually.asserted(
          "only version 1 in " + context,
          () -> assertThat(running(model, context)).containsOnly("1"));
    }
    assertThat(models.alias(model, "champion")).isEqualTo("1");
    makeRoom(model, List.of("test", "prod"));
  }

  @Test
  void humanSaysNo() {
    String model = models.register("declined", true, true);
    submitJob.succeed("release", model + "/1", "--stages=test,prod,gpu-prod");
    RunningProgram waiting =
        submitJob.start("release", model + "/2", "--stages=test,prod:approve,gpu-prod");
    awaitHuman(model);
    approver().succeed("deploy", "reject", model, "--reason=not today");
    assertThat(waiting.awaitExit()).as(waiting.errors()).isEqualTo(ExitCode.CANCELLED.number());
    assertThat(waiting.errors()).contains("not today", "test keep it");
    assertThat(running(model, "test")).containsOnly("2");
    assertThat(running(model, "gpu-prod")).containsOnly("1");
    assertThat(models.alias(model, "champion")).isEqualTo("1");
    makeRoom(model, List.of("test", "prod", "gpu-prod"));
  }

  private void awaitHuman(String model) {
    Eventually.until(
        "it waits in prod",
        () -> "waiting".equals(models.tags(model, "2").get("nomad_ml.deploy.state")));
  }

  /** The node has memory for a few servers. */
  private void makeRoom(String model, List<String> contexts) {
    for (String context : contexts) {
      submitJob.succeed("deploy", "stop", model, "--context", context);
    }
  }

  private SubmitJob approver() {
    return SubmitJob.on(cluster, "approver").with("NOMAD_NAMESPACE", "prod");
  }

  /** The versions that run in an environment. */
  private List<String> running(String model, String context) {
    return submitJob
        .succeed("deploy", "status", model, "--context", context, "-o", "json")
        .json()
        .path("servers")
        .findValuesAsText("version");
  }

  private JsonNode deployments(String model, String context) {
    return cluster
        .nomad()
        .rest()
        .get("/v1/job/" + Names.SERVE_PREFIX + model + "/deployments?namespace=" + context);
  }
}
