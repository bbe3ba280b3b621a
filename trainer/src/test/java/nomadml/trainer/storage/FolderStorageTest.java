package nomadml.trainer.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class FolderStorageTest extends CheckpointStorageContract {
  @Override
  protected CheckpointStorage storage() {
    return new FolderStorage(home.resolve("shared/run"));
  }

  @Test
  void doesNotCountAnUnfinishedOne() throws IOException {
    storage().put(9, checkpoint("whole"));
    Files.createDirectories(home.resolve("shared/run/.unfinished-10-x"));
    Files.createDirectories(home.resolve("shared/run/11"));
    assertThat(storage().steps()).containsExactly(9L);
    storage().put(12, checkpoint("next"));
    assertThat(home.resolve("shared/run/.unfinished-10-x")).doesNotExist();
  }
}
