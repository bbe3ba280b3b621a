package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import nomadml.trainer.storage.FolderStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointUploadsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final List<String> warnings = new CopyOnWriteArrayList<>();

  @Test
  void keepsTheNewestOnesAndTheBest() throws Exception {
    FolderStorage storage = storage();
    for (long step : List.of(10L, 20L, 30L)) {
      storage.put(step, checkpoint(step));
    }
    assertThat(offer(storage, 40, 10)).isTrue();
    assertThat(storage.steps()).containsExactly(40L, 10L);
    assertThat(warnings).isEmpty();
  }

  /** A training that went on from before a damaged one would lose all it stored until then. */
  @Test
  void keepsTheOneJustStoredBesideANewerOneOfNoUse() throws Exception {
    FolderStorage storage = storage();
    storage.put(30, checkpoint(30));
    storage.put(100, checkpoint(100));
    assertThat(offer(storage, 40, -1)).isTrue();
    assertThat(storage.steps()).containsExactly(100L, 40L);
  }

  private boolean offer(FolderStorage storage, long step, long bestStep) throws Exception {
    try (CheckpointUploads uploads =
        new CheckpointUploads(
            folder.resolve("upload"),
            () -> Optional.of(storage),
            target -> {},
            () -> true,
            1,
            warnings::add)) {
      uploads.offer(step, checkpoint(step), bestStep);
      return uploads.drain(PATIENCE);
    }
  }

  private FolderStorage storage() {
    return new FolderStorage(folder.resolve("stored"));
  }

  private Path checkpoint(long step) throws IOException {
    Path checkpoint = Files.createDirectories(folder.resolve("checkpoints/" + step));
    Files.writeString(checkpoint.resolve("manifest.json"), "{}");
    return checkpoint;
  }
}
