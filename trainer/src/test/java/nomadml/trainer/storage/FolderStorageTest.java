package nomadml.trainer.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderStorageTest {
  @TempDir private Path home;
  private FolderStorage storage;

  @BeforeEach
  void begin() {
    storage = new FolderStorage(home.resolve("shared/run"));
  }

  @Test
  void hasNothingAtFirst() throws IOException {
    assertThat(storage.steps()).isEmpty();
  }

  @Test
  void givesBackWhatWasPut() throws IOException {
    storage.put(9, checkpoint("nine"));
    storage.put(100, checkpoint("hundred"));
    assertThat(storage.steps()).containsExactly(100L, 9L);
    storage.get(9, home.resolve("back"));
    assertThat(home.resolve("back/network.pt")).hasContent("nine");
  }

  @Test
  void replacesACheckpointOfTheSameStep() throws IOException {
    storage.put(9, checkpoint("old"));
    storage.put(9, checkpoint("new"));
    storage.get(9, home.resolve("back"));
    assertThat(home.resolve("back/network.pt")).hasContent("new");
  }

  @Test
  void doesNotCountAnUnfinishedOne() throws IOException {
    storage.put(9, checkpoint("whole"));
    Files.createDirectories(home.resolve("shared/run/.unfinished-10-x"));
    Files.createDirectories(home.resolve("shared/run/11"));
    assertThat(storage.steps()).containsExactly(9L);
    storage.put(12, checkpoint("next"));
    assertThat(home.resolve("shared/run/.unfinished-10-x")).doesNotExist();
  }

  @Test
  void deletes() throws IOException {
    storage.put(9, checkpoint("nine"));
    storage.delete(9);
    storage.delete(10);
    assertThat(storage.steps()).isEmpty();
  }

  @Test
  void refusesToOverwriteAFolderAndMissesWhatIsNotThere() throws IOException {
    storage.put(9, checkpoint("nine"));
    Path there = Files.createDirectories(home.resolve("there"));
    assertThatThrownBy(() -> storage.get(9, there)).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> storage.get(10, home.resolve("back")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private Path checkpoint(String weights) throws IOException {
    Path folder = Files.createDirectories(home.resolve(weights));
    Files.writeString(folder.resolve("network.pt"), weights);
    Files.writeString(folder.resolve("manifest.json"), "{}");
    return folder;
  }
}
