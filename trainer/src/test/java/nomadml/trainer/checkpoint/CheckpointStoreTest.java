package nomadml.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();
  private CheckpointStore store;

  @BeforeEach
  void makeStore() {
    store = new CheckpointStore(folder, "this job", warnings::add);
  }

  @Test
  void findsTheNewestWithItsState() throws IOException {
    write(90);
    write(100);
    Checkpoint newest = store.newest().orElseThrow();
    assertThat(newest.folder()).isEqualTo(folder.resolve("100"));
    assertThat(newest.state()).isEqualTo(state(100));
    assertThat(warnings).isEmpty();
  }

  @Test
  void takesTheOneBeforeADamagedOne() throws IOException {
    write(90);
    write(100);
    Files.writeString(folder.resolve("100/weights"), "step 999"); // Same size, other content.
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(90);
    assertThat(warnings).hasSize(1).first().asString().contains("100", "weights is damaged");
  }

  @Test
  void takesTheOneBeforeATornOne() throws IOException {
    write(90);
    write(100);
    write(110);
    Files.writeString(folder.resolve("110/manifest.json"), "{\"format\": 1, \"sig");
    Files.delete(folder.resolve("100/weights"));
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(90);
    assertThat(warnings).hasSize(2);
    assertThat(warnings.get(1)).contains("a file is missing: weights");
  }

  @Test
  void leavesACheckpointOfAnotherJobAlone() throws IOException {
    write(90);
    CheckpointStore other = new CheckpointStore(folder, "other job", warnings::add);
    assertThat(other.newest()).isEmpty();
    assertThat(warnings).hasSize(1).first().asString().contains("another model");
    assertThat(folder.resolve("90/weights")).exists();
  }

  @Test
  void ignoresWhatAKillWhileWritingLeaves() throws IOException {
    write(90);
    assertThatThrownBy(
            () ->
                store.write(
                    state(100),
                    unfinished -> {
                      Files.writeString(unfinished.resolve("weights"), "st");
                      throw new IOException("killed");
                    }))
        .hasMessage("killed");
    assertThat(folder.resolve("100")).doesNotExist();
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(90);
    assertThat(warnings).isEmpty();
    write(100);
    store.prune(3, 100);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("90", "100");
  }

  @Test
  void keepsTheNewestAndTheBest() throws IOException {
    for (long step = 1; step <= 6; step++) {
      write(step);
    }
    store.prune(2, 3);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("3", "5", "6");
  }

  /** A training that went on from before a damaged one would lose all it wrote until then. */
  @Test
  void keepsWhatWasJustWrittenBesideNewerOnesThatAreOfNoUse() throws IOException {
    write(100);
    Files.writeString(folder.resolve("100/weights"), "step 999");
    new CheckpointStore(folder, "another job", warnings::add)
        .write(state(110), to -> Files.writeString(to.resolve("weights"), "theirs"));
    write(80);
    write(90);
    store.prune(1, -1);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("90", "100", "110");
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(90);
  }

  @Test
  void findsNothingWhereNothingIs() throws IOException {
    assertThat(new CheckpointStore(folder.resolve("none"), "x", warnings::add).newest()).isEmpty();
  }

  private void write(long step) throws IOException {
    store.write(state(step), to -> Files.writeString(to.resolve("weights"), "step " + step));
  }

  private static TrainingState state(long step) {
    return new TrainingState(
        2,
        3,
        step,
        640,
        List.of(0.1, 2.0),
        new TrainingState.Best(1, 23, 0.5, Map.of("a", 1.0)),
        0.4,
        1,
        false,
        new TrainingState.Plateau(0.5, 2));
  }
}
