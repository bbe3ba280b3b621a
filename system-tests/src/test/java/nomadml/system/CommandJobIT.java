package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import nomadml.spec.ExitCode;
import nomadml.spec.FailureCause;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Run;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Programs that are not ours: their metrics, their ends, and being stopped. */
@TestInstance(Lifecycle.PER_CLASS)
final class CommandJobIT {
  private final Cluster cluster = Cluster.start("command", 1);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "command");

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aProgramsMetricsGoToTheRunOfItsJob() {
    String python = Tools.folder("mlflow").toString();
    submitJob.succeed(
        JobFiles.COMMAND.toString(), "--follow", "--set", "env.PATH=" + python + ":/usr/bin:/bin");
    Run run = Submitted.named(cluster, "line-fit").run();
    assertRun(run).hasStatus("FINISHED").hasTag(Names.TAG_ATTEMPT, "1");
    assertThat(cluster.mlflow().runsIn("line-fit")).hasSize(1);
    assertThat(run.history("train_loss")).hasSize(20);
    assertThat(run.metric("train_loss")).isLessThan(0.5);
    List<Double> losses = run.history("train_loss").stream().map(Run.Point::value).toList();
    assertThat(losses).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(run.metric("slope")).isPositive();
    assertThat(run.param("learning_rate")).isEqualTo("0.1");
    assertThat(run.artifacts("inputs")).contains("inputs/line_fit.py");
    assertThat(new String(run.artifact("log.txt"), StandardCharsets.UTF_8))
        .contains("epoch 20: loss");
  }

  @Test
  void whatAProgramPrintsIsShownToWhoeverFollows() {
    Path job = command("printing", "[sh, -c, 'echo to-stdout; echo to-stderr >&2']");
    SubmitJob.Called followed = submitJob.succeed(job.toString(), "--follow");
    assertThat(followed.shown()).contains("to-stdout", "to-stderr");
  }

  @Test
  void whatItPrintedIsThereWhenNomadHasForgottenTheJob() {
    Path file = command("forgotten", "[sh, -c, 'echo out; echo error >&2']");
    submitJob.succeed(file.toString(), "--follow");
    String job = Submitted.named(cluster, "forgotten").job();
    cluster.nomad().rest().delete("/v1/job/" + job + "?purge=true");
    Eventually.until("the job is gone", () -> cluster.nomad().jobs("forgotten").isEmpty());
    SubmitJob.Called logs = submitJob.succeed("logs", job);
    assertThat(logs.output().lines()).contains("out", "error");
    assertThat(logs.errors()).contains("forgotten " + job);
  }

  @Test
  void aFailingProgramFailsItsRunWithItsExitCode() {
    Path job = command("failing", "[sh, -c, 'echo the last words >&2; exit 3']");
    SubmitJob.Called followed = submitJob.call(job.toString(), "--follow");
    assertThat(followed.exitCode())
        .as(followed.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(followed.shown()).containsPattern("exit(ed)?( code| with)? 3").contains("hint:");
    Submitted failed = Submitted.named(cluster, "failing");
    failed.run().awaitStatus("FAILED");
    assertRun(failed.run())
        .hasTag(Names.TAG_EXIT_CODE, "3")
        .hasTag(Names.TAG_CAUSE, FailureCause.USER_ERROR.word())
        .hasTag(Names.TAG_ATTEMPT, "1");
    assertThat(failed.allocations()).isEqualTo(1);
  }

  @Test
  void aProgramThatIsNotThereIsTheUsersErrorAndNotTriedAgain() {
    Path job = command("no-such-program", "[no-such-program-anywhere]");
    SubmitJob.Called followed = submitJob.call(job.toString(), "--follow");
    assertThat(followed.exitCode())
        .as(followed.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(followed.shown()).contains("no-such-program-anywhere", "hint:");
    Submitted failed = Submitted.named(cluster, "no-such-program");
    assertRun(failed.run()).hasTag(Names.TAG_CAUSE, FailureCause.USER_ERROR.word());
  }

  @Test
  void aProgramThatTakesTooLongEndsAtItsTimeLimit() {
    Path job = command("too-long", "[sleep, 600]", "time_limit: 5s");
    SubmitJob.Called followed = submitJob.call(job.toString(), "--follow");
    assertThat(followed.exitCode()).as(followed.toString()).isEqualTo(ExitCode.TIME_LIMIT.number());
    assertRun(Submitted.named(cluster, "too-long").run())
        .hasTag(Names.TAG_CAUSE, FailureCause.TIME_LIMIT.word());
  }

  /** The exec driver holds a task to its memory; raw_exec does not. */
  @Test
  void aProgramAboveItsMemoryIsToldSo() {
    Path job =
        command(
            "too-big",
            "[sh, -c, 'head -c 2000000000 /dev/zero | tail']",
            "driver: exec",
            "retry: {attempts: 1}");
    SubmitJob.Called followed = submitJob.call(job.toString(), "--follow");
    assertThat(followed.exitCode())
        .as(followed.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(followed.shown()).containsPattern("(?i)memory").contains("hint:");
    assertRun(Submitted.named(cluster, "too-big").run())
        .hasTag(Names.TAG_CAUSE, FailureCause.OUT_OF_MEMORY.word());
  }

  @Test
  void stoppingAJobKillsItsRunAndTellsWhoeverFollows() {
    Path file = command("stopped", "[sleep, 600]");
    RunningProgram follower = submitJob.start(file.toString(), "--follow");
    Submitted job =
        Eventually.get("the job", () -> Submitted.named(cluster, "stopped"), found -> true);
    job.awaitRunning();
    submitJob.succeed("stop", job.job());
    assertThat(follower.awaitExit())
        .as(follower.errors() + follower.output())
        .isEqualTo(ExitCode.CANCELLED.number());
    job.run().awaitStatus("KILLED");
    assertRun(job.run()).hasTag(Names.TAG_CAUSE, FailureCause.CANCELLED.word());
  }

  @Test
  void theReconcilerKillsTheRunOfAJobThatWasStoppedInNomad() {
    Submitted job =
        Submitted.of(cluster, submitJob.submit(command("stopped-in-nomad", "[sleep, 600]")));
    job.awaitRunning();
    job.run().awaitStatus("RUNNING");
    cluster.nomad().stop(job.job());
    cluster.nomad().awaitDead(job.job());
    submitJob.succeed("doctor", "--fix");
    assertRun(job.run()).hasStatus("KILLED").hasTag(Names.TAG_CAUSE, FailureCause.CANCELLED.word());
    Eventually.until(
        "its gauges are gone, once they were scraped",
        () -> {
          submitJob.succeed("doctor", "--fix");
          return cluster.pushgateway().group(job.run().id()).isEmpty();
        });
  }

  @Test
  void theReconcilerLeavesRunsThatAreNotOurs() {
    String experiment =
        cluster
            .mlflow()
            .rest()
            .post("/api/2.0/mlflow/experiments/create", Map.of("name", "foreign"))
            .path("experiment_id")
            .asText();
    cluster
        .mlflow()
        .rest()
        .post("/api/2.0/mlflow/runs/create", Map.of("experiment_id", experiment));
    submitJob.succeed("doctor", "--fix");
    assertThat(cluster.mlflow().runsIn("foreign").get(0).at("/info/status").asText())
        .isEqualTo("RUNNING");
  }

  private Path command(String name, String command, String... more) {
    return JobFiles.command(submitJob.folder(), name, command, more);
  }
}
