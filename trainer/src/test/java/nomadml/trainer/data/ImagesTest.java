package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {
  @TempDir private Path folder;

  @Test
  void readsIdxFilesWithAndWithoutGzip() throws IOException {
    RealImages.idx(folder.resolve("digits"), 100);
    DataSet data = DataSets.read(folder, Jobs.folder(Train.Format.IDX, "digits"), 1);
    assertThat(data.shape()).containsExactly(1, 16, 16);
    assertThat(data.targets()).hasSize(100);
    assertThat(data.validationRows()).hasSize(25);
  }

  @Test
  void holdsOutTheT10kFilesWhenTheyAreThere() throws IOException {
    RealImages.idx(folder.resolve("digits"), 100);
    RealImages.idx(folder.resolve("more"), 60);
    for (String name : List.of("images-idx3-ubyte.gz", "labels-idx1-ubyte")) {
      Files.move(folder.resolve("more/train-" + name), folder.resolve("digits/t10k-" + name));
    }
    DataSet data = DataSets.read(folder, Jobs.folder(Train.Format.IDX, "digits"), 1);
    assertThat(data.trainRows()).hasSize(100).contains(0, 99);
    assertThat(data.validationRows()).hasSize(60).contains(100, 159);
  }

  @Test
  void refusesATornIdxFile() throws IOException {
    RealImages.idx(folder.resolve("digits"), 100);
    Path file = folder.resolve("digits/train-labels-idx1-ubyte");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, 50));
    assertThatThrownBy(() -> DataSets.read(folder, Jobs.folder(Train.Format.IDX, "digits"), 1))
        .hasMessageContaining("ends after 42 of 100 bytes");
  }

  @Test
  void readsAFolderForEachClassInTheOrderOfNames() throws IOException {
    RealImages.folders(folder.resolve("digits"), 60);
    DataSet data = DataSets.read(folder, Jobs.folder(Train.Format.IMAGES, "digits"), 1);
    assertThat(data.shape()).containsExactly(3, 32, 32);
    assertThat(data.classes()).hasSize(10).isSorted();
    assertThat(data.targets()).hasSize(60).isSorted();
  }

  @Test
  void namesAFileThatIsNoImage() throws IOException {
    RealImages.folders(folder.resolve("digits"), 60);
    Files.writeString(folder.resolve("digits/3/notes.txt"), "three");
    assertThatThrownBy(() -> DataSets.read(folder, Jobs.folder(Train.Format.IMAGES, "digits"), 1))
        .hasMessageContaining("digits/3/notes.txt is not an image");
  }

  @Test
  void refusesAFolderWithoutClassFolders() throws IOException {
    Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(() -> DataSets.read(folder, Jobs.folder(Train.Format.IMAGES, "empty"), 1))
        .hasMessageContaining("has 0 class folders");
  }
}
