package nomadml.trainer.supervisor;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.trainer.report.InMemoryTracker;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program of the user instead of the trainer's worker. */
class CommandTest {
  @TempDir private Path home;
  private Lab lab;

  @BeforeEach
  void begin() {
    lab = new Lab(home);
  }

  @Test
  void findsItsRunInTheEnvironment() throws Exception {
    lab.command =
        List.of(
            "sh",
            "-c",
            "echo \"$MLFLOW_RUN_ID $MLFLOW_EXPERIMENT_NAME $MLFLOW_TRACKING_URI $(basename $PWD)\"");
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output()).contains("run-1 experiment http://mlflow.example inputs\n");
    assertThat(lab.tracker.calls()).endsWith("status FINISHED");
  }

  @Test
  void passesItsOutputThroughUntouched() throws Exception {
    lab.command = List.of("printf", "a\\tb\\r\\n{\"nomad_ml\":\"finished\"}\\nno end of line");
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output())
        .contains("a\tb\r\n{\"nomad_ml\":\"finished\"}\nno end of line\n{\"nomad_ml\":");
    assertThat(lab.last().facts()).containsEntry("exit_code", "0");
  }

  @Test
  void getsItsArgumentsAsTheyAre() throws Exception {
    lab.command = List.of("printf", "<%s>", "$(touch x) `id` ; * \"'", "");
    lab.run();
    assertThat(lab.output()).contains("<$(touch x) `id` ; * \"'><>");
  }

  @Test
  void keepsItsExitCode() throws Exception {
    lab.command = List.of("sh", "-c", "exit 3");
    assertThat(lab.run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.USER_ERROR);
    assertThat(lab.last().facts()).containsEntry("exit_code", "3");
    assertThat(lab.tracker.tags()).containsEntry("nomad_ml.exit_code", "3");
  }

  @Test
  void saysWhenThereIsNoSuchProgram() throws Exception {
    lab.command = List.of("no-such-program");
    assertThat(lab.run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.USER_ERROR);
    assertThat(lab.last().message()).contains("was not found");
  }

  @Test
  void saysWhenItCannotEvenBeStarted() throws Exception {
    lab.command = List.of("echo", "no system takes \0");
    assertThat(lab.run()).isEqualTo(TaskExit.FAILED);
    assertThat(lab.last().cause()).isEqualTo(FailureCause.USER_ERROR);
    assertThat(lab.last().message()).contains("echo can't be started");
    assertThat(lab.runFolder.resolve("verdict.json")).exists();
  }

  @Test
  void isSignalledWithAllOfItsProcesses() throws Exception {
    lab.command =
        List.of(
            "sh",
            "-c",
            "(trap 'echo child left; exit' TERM; echo ready; while :; do sleep 0.05; done) & wait");
    lab.start();
    lab.awaitOutput("ready");
    lab.stop();
    assertThat(lab.await()).isEqualTo(TaskExit.RESUMABLE);
    assertThat(lab.output()).contains("child left");
    assertThat(lab.last().kind()).isEqualTo(Progress.Kind.STOPPED);
  }

  @Test
  void isResumableThoughItLeftWithZeroAtASignal() throws Exception {
    lab.command =
        List.of("sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    lab.start();
    lab.awaitOutput("ready");
    lab.stop();
    assertThat(lab.await()).isEqualTo(TaskExit.RESUMABLE);
    assertThat(lab.runFolder.resolve("verdict.json")).doesNotExist();
  }

  @Test
  void leavesNoProcessBehind() throws Exception {
    Path pid = home.resolve("pid");
    lab.command = List.of("sh", "-c", "sleep 300 & echo $! > '%s'".formatted(pid));
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    long child = Long.parseLong(Files.readString(pid).strip());
    eventually(
        "the child is gone",
        () -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void startsThoughMlflowIsAway() throws Exception {
    lab.times =
        new Surroundings.Times(
            lab.times.servers(),
            lab.times.lastReports(),
            lab.times.leave(),
            lab.times.stop(),
            java.time.Duration.ofMillis(100),
            lab.times.retry(),
            lab.times.tail());
    lab.tracker.mode(InMemoryTracker.Mode.DOWN);
    lab.command = List.of("sh", "-c", "echo it ran");
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output()).contains("it ran");
  }
}
