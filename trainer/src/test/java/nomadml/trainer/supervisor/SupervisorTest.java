package nomadml.trainer.supervisor;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import nomadml.spec.FailureCause;
import nomadml.spec.ModelDigest;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.trainer.report.InMemoryTracker;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor and a real child process. */
class SupervisorTest {
  private static final String EPOCHS =
      Lab.says(
              Progress.Kind.STARTED,
              1,
              "{\"device\":\"cpu\",\"data_sha256\":\"d5\",\"data_schema\":\"s\"}")
          + Lab.says(Progress.Kind.EPOCH, 1, "{}")
          + Lab.says(Progress.Kind.EPOCH, 2, "{}");
  private static final String MODEL =
      "while [ \"$1\" != --model-folder ]; do shift; done; mkdir -p \"$2\"; echo weights > \"$2/MLmodel\"\n";
  private static final String FINISHED =
      Lab.says(Progress.Kind.FINISHED, 2, "{\"best_epoch\":\"2\"}");

  @TempDir private Path home;
  private Lab lab;

  @BeforeEach
  void begin() {
    lab = new Lab(home);
  }

  /** {@code echo weights | sha256sum}. */
  private static final String SHA256_OF_WEIGHTS =
      "1b465fa6b6bcbc06a3199e3d2d8aec35d37494a712f888b6d5536684dd89d0f0";

  @Test
  void tellsTheRunWhatTheWorkerSays() throws Exception {
    lab.register = "digits";
    assertThat(lab.worker(EPOCHS + MODEL + FINISHED).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.tracker.points("train_loss")).extracting("step").containsExactly(1L, 2L);
    assertThat(lab.tracker.params())
        .containsEntry("train.optimizer.learning_rate", "0.001")
        .containsEntry("data_sha256", "d5")
        .containsEntry("git_commit", "abc123");
    assertThat(lab.tracker.tags())
        .containsEntry("nomad_ml.device", "cpu")
        .containsEntry("nomad_ml.node", "node-1")
        .containsEntry("nomad_ml.allocation", "allocation-1")
        .containsEntry("nomad_ml.attempt", "1")
        .containsEntry("mlflow.source.git.commit", "abc123")
        .doesNotContainKey("nomad_ml.data_schema");
    assertThat(lab.tracker.artifacts())
        .containsEntry("model/MLmodel", "weights\n")
        .containsKeys("job.json", "log.txt", "metrics.csv");
    assertThat(lab.tracker.calls())
        .contains(
            "status RUNNING",
            "register digits model " + ModelDigest.of(Map.of("MLmodel", SHA256_OF_WEIGHTS)));
    assertThat(lab.tracker.calls()).endsWith("status FINISHED");
    assertThat(lab.gauges.pushed()).isNotEmpty();
  }

  @Test
  void hasTheLastWord() throws Exception {
    lab.worker(EPOCHS + "echo 'a line of the user'; echo 'to the log' >&2\n" + FINISHED).run();
    assertThat(lab.last().kind()).isEqualTo(Progress.Kind.FINISHED);
    assertThat(lab.last().facts()).containsEntry("run_id", "run-1");
    assertThat(lab.progress())
        .extracting(Progress::kind)
        .startsWith(Progress.Kind.ATTEMPT, Progress.Kind.STARTED, Progress.Kind.EPOCH);
    assertThat(lab.output()).contains("a line of the user\n", "to the log\n");
    assertThat(lab.tracker.artifacts().get("log.txt"))
        .contains("a line of the user\n", "to the log\n");
  }

  @Test
  void triesAgainWhatIsWorthIt() throws Exception {
    String killedOnce = "[ $(wc -l < '%s/starts') = 1 ] && kill -9 $$\n".formatted(home);
    int exit = lab.worker(lab.countStart() + EPOCHS + killedOnce + FINISHED).run();
    assertThat(exit).isEqualTo(TaskExit.DONE);
    assertThat(lab.starts()).isEqualTo(2);
    assertThat(lab.tracker.tags())
        .containsEntry("nomad_ml.cause", "native_crash")
        .containsEntry("nomad_ml.exit_code", "137");
    assertThat(lab.warnings()).anyMatch(warning -> warning.contains("tried again (2 of 3)"));
    assertThat(lab.tracker.points("train_loss")).extracting("step").containsExactly(1L, 2L);
  }

  @Test
  void doesNotTryAgainForAnotherCause() throws Exception {
    String failed =
        "echo '{\"nomad_ml\":\"failed\",\"timestamp\":1,\"cause\":\"nan_loss\",\"message\":\"the loss is NaN\",\"hint\":\"lower it\"}'; exit 1\n";
    assertThat(lab.worker(lab.countStart() + failed).run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.starts()).isEqualTo(1);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.NAN_LOSS);
    assertThat(lab.last().hint()).isEqualTo("lower it");
    assertThat(lab.tracker.tags())
        .containsEntry("nomad_ml.cause", "nan_loss")
        .containsEntry("nomad_ml.evidence", "the loss is NaN");
    assertThat(lab.tracker.calls()).endsWith("status FAILED");
  }

  @Test
  void givesUpWhenItsTriesAreOver() throws Exception {
    lab.attempts = 2;
    int exit = lab.worker(lab.countStart() + "kill -SEGV $$\n").run();
    assertThat(exit).isEqualTo(TaskExit.FAILED);
    assertThat(lab.starts()).isEqualTo(2);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.NATIVE_CRASH);
    assertThat(lab.last().message()).contains("SIGSEGV");
  }

  @Test
  void believesTheKernelAboutMemory() throws Exception {
    lab.memoryKills.set(1);
    lab.attempts = 1;
    assertThat(lab.worker("kill -9 $$\n").run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.OUT_OF_MEMORY);
    assertThat(lab.last().hint()).contains("resources.memory (it is 1GiB)");
  }

  @Test
  void endsAtTheTimeLimit() throws Exception {
    lab.timeLimit = "1s";
    Instant begin = Instant.now();
    assertThat(lab.worker("exec sleep 60\n").run()).isEqualTo(TaskExit.FAILED);
    assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(20));
    assertThat(lab.last().cause()).isEqualTo(FailureCause.TIME_LIMIT);
    assertThat(lab.tracker.tags()).containsEntry("nomad_ml.cause", "time_limit");
  }

  @Test
  void countsTheTimeOfEarlierAttempts() throws Exception {
    lab.timeLimit = "1h";
    Files.createDirectories(lab.runFolder);
    Files.writeString(
        lab.runFolder.resolve("attempts"),
        "{\"attempt\":4,\"failures\":0,\"trained_millis\":3600000,\"allocation\":\"other\",\"running\":false,\"superseded\":false}");
    assertThat(lab.worker("exec sleep 60\n").run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.TIME_LIMIT);
    assertThat(lab.progress().get(0).facts()).containsEntry("attempt", "5");
  }

  @Test
  void leavesTheRunResumableAtASignal() throws Exception {
    lab.worker("trap 'echo bye; exit 143' TERM\necho ready\nwhile :; do sleep 0.05; done\n")
        .start();
    lab.awaitOutput("ready");
    lab.stop();
    assertThat(lab.await()).isEqualTo(TaskExit.RESUMABLE);
    assertThat(lab.output()).contains("bye\n");
    assertThat(lab.last().kind()).isEqualTo(Progress.Kind.STOPPED);
    assertThat(lab.tracker.calls()).contains("status SCHEDULED").doesNotContain("status FAILED");
    assertThat(lab.tracker.tags()).doesNotContainKey("nomad_ml.cause");
    assertThat(lab.runFolder.resolve("verdict.json")).doesNotExist();
    assertThat(lab.tracker.artifacts().get("logs/attempt-001.txt")).contains("bye\n");
  }

  @Test
  void keepsTheLogOfEachAttempt() throws Exception {
    lab.worker("trap 'echo bye; exit 143' TERM\necho ready\nwhile :; do sleep 0.05; done\n")
        .start();
    lab.awaitOutput("ready");
    lab.stop();
    assertThat(lab.await()).isEqualTo(TaskExit.RESUMABLE);
    lab.worker("echo 'the second'\n" + EPOCHS + FINISHED).run();
    assertThat(lab.tracker.artifacts().get("logs/attempt-001.txt"))
        .contains("bye\n")
        .doesNotContain("the second");
    assertThat(lab.tracker.artifacts().get("log.txt"))
        .contains("the second")
        .doesNotContain("bye\n");
  }

  @Test
  void killsAWorkerThatDoesNotLeave() throws Exception {
    lab.times =
        new Surroundings.Times(
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofMillis(200),
            Duration.ofMillis(200),
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofSeconds(1));
    lab.worker("trap '' TERM\necho ready\nwhile :; do sleep 0.05; done\n").start();
    lab.awaitOutput("ready");
    lab.stop();
    assertThat(lab.await()).isEqualTo(TaskExit.RESUMABLE);
  }

  @Test
  void startsNothingAfterAVerdict() throws Exception {
    lab.worker(lab.countStart() + EPOCHS + FINISHED).run();
    List<String> calls = lab.tracker.calls();
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.starts()).isEqualTo(1);
    assertThat(lab.last().kind()).isEqualTo(Progress.Kind.FINISHED);
    assertThat(lab.tracker.calls()).isEqualTo(calls);
  }

  @Test
  void tellsAVerdictThatWasDecidedButNotTold() throws Exception {
    lab.tracker.mode(InMemoryTracker.Mode.DOWN);
    assertThat(lab.worker(lab.countStart() + EPOCHS + MODEL + FINISHED).run()).isEqualTo(0);
    assertThat(lab.warnings()).anyMatch(warning -> warning.contains("have not reached MLflow"));
    lab.tracker.mode(InMemoryTracker.Mode.WELL);
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.starts()).isEqualTo(1);
    assertThat(lab.tracker.calls()).endsWith("status FINISHED");
    assertThat(lab.tracker.artifacts()).containsKey("model/MLmodel");
    assertThat(lab.tracker.points("train_loss")).extracting("step").containsExactly(1L, 2L);
  }

  @Test
  void countsASupervisorThatWasKilled() throws Exception {
    Files.createDirectories(lab.runFolder);
    String killed =
        "{\"attempt\":3,\"failures\":2,\"trained_millis\":0,\"allocation\":\"%s\",\"running\":true,\"superseded\":false}";
    Files.writeString(lab.runFolder.resolve("attempts"), killed.formatted("another"));
    assertThat(lab.worker(lab.countStart() + FINISHED).run()).isEqualTo(TaskExit.DONE);
    Files.delete(lab.runFolder.resolve("verdict.json"));
    Files.writeString(lab.runFolder.resolve("attempts"), killed.formatted(lab.allocation));
    assertThat(lab.run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.starts()).isEqualTo(1);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.INTERNAL);
  }

  @Test
  void tellsASilentEndOfTheWorker() throws Exception {
    assertThat(lab.worker("echo 'stack trace' >&2; exit 1\n").run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.INTERNAL);
    assertThat(lab.last().message()).contains("exit code 1 without a word");
    assertThat(lab.tracker.artifacts().get("log.txt")).contains("stack trace");
  }

  @Test
  void trainsThoughNobodyListens() throws Exception {
    lab.tracked = false;
    lab.gauges.fail(true);
    assertThat(lab.worker(EPOCHS + FINISHED).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.tracker.calls()).isEmpty();
    eventually("the metrics are kept", () -> Files.exists(lab.runFolder.resolve("metrics.csv")));
    assertThat(Files.readString(lab.runFolder.resolve("metrics.csv"))).contains("train_loss");
  }

  @Test
  void saysWhatNeitherMlflowNorTheDiskCouldTake() throws Exception {
    lab.tracker.mode(InMemoryTracker.Mode.DOWN);
    lab.times =
        new Surroundings.Times(
            lab.times.servers(),
            Duration.ofMillis(100),
            lab.times.leave(),
            lab.times.stop(),
            lab.times.run(),
            lab.times.retry(),
            lab.times.tail());
    Path spool = Files.createDirectories(lab.runFolder.resolve("spool"));
    Path segment = spool.resolve("0000000000000000001.jsonl");
    Files.createSymbolicLink(segment, Path.of("/dev/full"));
    assertThat(lab.worker(EPOCHS + FINISHED).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.last().kind()).isEqualTo(Progress.Kind.FINISHED);
    assertThat(lab.warnings())
        .anyMatch(warning -> warning.contains("No space left"))
        .anyMatch(warning -> warning.matches("\\d+ reports are lost: (.|\n)*hint: free space.*"))
        .noneMatch(warning -> warning.contains("trainer sync"));
    Files.delete(segment);
  }

  @Test
  void saysThatTheMetricsFileIsNotStoredWhenTheDiskNeverTookIt() throws Exception {
    Path metrics = Files.createDirectories(lab.runFolder).resolve("metrics.csv");
    Files.createSymbolicLink(metrics, home.resolve("missing/metrics.csv"));
    assertThat(lab.worker(EPOCHS + FINISHED).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.tracker.points("train_loss")).extracting("step").containsExactly(1L, 2L);
    assertThat(lab.tracker.artifacts()).doesNotContainKey("metrics.csv");
    assertThat(lab.warnings())
        .anyMatch(warning -> warning.contains("the artifact metrics.csv was refused"));
  }
}
