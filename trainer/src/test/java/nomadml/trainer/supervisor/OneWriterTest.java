package nomadml.trainer.supervisor;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** At most one attempt writes to a run. */
class OneWriterTest {
  private static final String WAITS = "echo ready\nuntil [ -e '%s/go' ]; do sleep 0.02; done\n";

  @TempDir private Path home;
  private Lab lab;
  private final ManualFence fence = new ManualFence(7, false);

  @BeforeEach
  void begin() {
    lab = new Lab(home);
    lab.fence = fence;
  }

  @Test
  void trainsBeforeTheLockIsHeldButWritesNothing() throws Exception {
    lab.worker(
            Lab.says(Progress.Kind.EPOCH, 1, "{}")
                + WAITS.formatted(home)
                + Lab.says(Progress.Kind.FINISHED, 1, "{}"))
        .start();
    lab.awaitOutput("ready");
    assertThat(lab.tracker.calls()).isEmpty();
    fence.listener().held();
    Files.createFile(home.resolve("go"));
    assertThat(lab.await()).isEqualTo(TaskExit.DONE);
    assertThat(lab.tracker.points("train_loss")).hasSize(1);
    assertThat(lab.tracker.tags()).containsEntry("nomad_ml.attempt", "7");
    assertThat(fence.isClosed()).isTrue();
  }

  @Test
  void writesNothingWhileTheLockIsLost() throws Exception {
    lab.worker(
            WAITS.formatted(home)
                + Lab.says(Progress.Kind.EPOCH, 1, "{}")
                + Lab.says(Progress.Kind.FINISHED, 1, "{}"))
        .start();
    lab.awaitOutput("ready");
    fence.listener().held();
    eventually("it writes", () -> lab.tracker.calls().contains("status RUNNING"));
    fence.listener().lost("the session is gone");
    Files.createFile(home.resolve("go"));
    assertThat(lab.await()).isEqualTo(TaskExit.DONE);
    assertThat(lab.tracker.points("train_loss")).isEmpty();
    assertThat(lab.tracker.calls()).doesNotContain("status FINISHED");
    assertThat(lab.warnings()).anyMatch(warning -> warning.contains("the session is gone"));
  }

  @Test
  void endsForGoodWhenALaterAttemptExists() throws Exception {
    lab.worker(lab.countStart() + "echo ready\nexec sleep 60\n").start();
    lab.awaitOutput("ready");
    fence.listener().held();
    fence.listener().superseded(8);
    assertThat(lab.await()).isEqualTo(TaskExit.DONE);
    assertThat(lab.last().kind()).isEqualTo(Progress.Kind.STOPPED);
    assertThat(lab.runFolder.resolve("verdict.json")).doesNotExist();
    assertThat(lab.tracker.calls()).doesNotContain("status SCHEDULED", "status FINISHED");
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.starts()).isEqualTo(1);
  }

  @Test
  void startsAgainElsewhereAfterItWasSuperseded() throws Exception {
    lab.worker(lab.countStart() + "echo ready\nexec sleep 60\n").start();
    lab.awaitOutput("ready");
    fence.listener().superseded(8);
    lab.await();
    lab.allocation = "allocation-2";
    lab.fence = new FolderFence();
    assertThat(lab.worker(lab.countStart()).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.starts()).isEqualTo(2);
  }

  @Test
  void refusesAFolderInUse() throws Exception {
    try (RunFolder ours = RunFolder.open(home.resolve("shared"))) {
      assertThat(ours.path()).exists();
      assertThatThrownBy(() -> RunFolder.open(home.resolve("shared")))
          .hasMessageContaining("another supervisor works in")
          .hasMessageContaining("hint:");
    }
    RunFolder.open(home.resolve("shared")).close();
  }
}
