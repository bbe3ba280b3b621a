package nomadml.trainer.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every storage does, wherever it keeps checkpoints. */
public abstract class CheckpointStorageContract {
  @TempDir protected Path home;

  /** The storage of one run, the same one in a test. */
  protected abstract CheckpointStorage storage();

  @Test
  void hasNothingAtFirst() throws IOException {
    assertThat(storage().steps()).isEmpty();
  }

  @Test
  void givesBackWhatWasPut() throws IOException {
    storage().put(9, checkpoint("nine"));
    storage().put(100, checkpoint("hundred"));
    assertThat(storage().steps()).containsExactly(100L, 9L);
    storage().get(9, home.resolve("back"));
    assertThat(home.resolve("back/network.pt")).hasContent("nine");
    assertThat(home.resolve("back/attempts")).hasContent("{}");
    assertThat(home.resolve("back/manifest.json")).exists();
  }

  @Test
  void replacesACheckpointOfTheSameStep() throws IOException {
    storage().put(9, checkpoint("old"));
    storage().put(9, checkpoint("new"));
    storage().get(9, home.resolve("back"));
    assertThat(home.resolve("back/network.pt")).hasContent("new");
  }

  @Test
  void deletes() throws IOException {
    storage().put(9, checkpoint("nine"));
    storage().delete(9);
    storage().delete(10);
    assertThat(storage().steps()).isEmpty();
  }

  @Test
  void refusesToOverwriteAFolder() throws IOException {
    storage().put(9, checkpoint("nine"));
    Path there = Files.createDirectories(home.resolve("there"));
    assertThatThrownBy(() -> storage().get(9, there))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void missesWhatIsNotThere() throws IOException {
    storage().put(9, checkpoint("nine"));
    assertThatThrownBy(() -> storage().get(10, home.resolve("back")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(home.resolve("back")).doesNotExist();
  }

  /** A checkpoint on the node, with what travels beside it. */
  protected Path checkpoint(String weights) throws IOException {
    Path folder = Files.createDirectories(home.resolve(weights));
    Files.writeString(folder.resolve("network.pt"), weights);
    Files.writeString(folder.resolve("attempts"), "{}");
    Files.writeString(folder.resolve("manifest.json"), "{}");
    return folder;
  }
}
