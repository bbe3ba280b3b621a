package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ImageStreamTest {
  private static final int COUNT = 50;

  @TempDir private Path folder;

  @BeforeEach
  void writeImages() {
    RealImages.folders(folder.resolve("digits"), COUNT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void givesTheImagesOfEachBatchInTheOrderOfTheEpoch(int threads) {
    DataSet whole = read("always");
    int[] order = Permutation.of(COUNT, new Random(threads));
    try (ImageStream stream = new ImageStream(files(), threads)) {
      for (int from : new int[] {0, 14, 49, 50}) {
        stream.follow(order, from, 7);
        for (int at = from; at < COUNT; at += 7) {
          int[] rows = Arrays.copyOfRange(order, at, Math.min(COUNT, at + 7));
          assertPixels(stream.next(rows), rows, whole);
        }
      }
    }
  }

  @Test
  void givesOtherImagesThanThoseThatFollow() {
    try (ImageStream stream = new ImageStream(files(), 2)) {
      stream.follow(IntStream.range(0, COUNT).toArray(), 0, 8);
      int[] others = {9, 9};
      assertPixels(stream.next(others), others, read("always"));
      int[] first = IntStream.range(0, 8).toArray();
      assertPixels(stream.next(first), first, read("always"));
    }
  }

  @Test
  void goesOnWithAnotherOrderInTheMiddleOfOne() {
    DataSet whole = read("always");
    try (ImageStream stream = new ImageStream(files(), 4)) {
      for (int epoch = 0; epoch < 20; epoch++) {
        int[] order = Permutation.of(COUNT, new Random(epoch));
        stream.follow(order, 0, 4);
        int[] rows = Arrays.copyOf(order, 4);
        assertPixels(stream.next(rows), rows, whole);
      }
    }
  }

  @Test
  void namesTheFileThatTurnedBad() throws IOException {
    DataSet data = read("never");
    ImageFiles files = (ImageFiles) data.features();
    Files.writeString(folder.resolve("digits").resolve(files.nameOf(11)), "no image");
    Files.delete(folder.resolve("digits").resolve(files.nameOf(30)));
    try (ImageStream stream = new ImageStream(files, 2)) {
      stream.follow(new int[] {1, 11}, 0, 2);
      assertThatThrownBy(() -> stream.next(new int[] {1, 11}))
          .isInstanceOf(TrainingFailure.class)
          .hasMessageContaining("digits/" + files.nameOf(11) + " is not an image");
      stream.follow(new int[] {30}, 0, 1);
      assertThatThrownBy(() -> stream.next(new int[] {30}))
          .hasMessageContaining("digits/" + files.nameOf(30) + " can't be read any more");
    }
  }

  @Test
  void knowsTheSameAboutTheImagesAsWhenTheyAreInMemory() {
    DataSet whole = read("always");
    DataSet streamed = read("never");
    assertThat(streamed.sha256()).isEqualTo(whole.sha256());
    assertThat(Statistics.of(streamed).mean()).isEqualTo(Statistics.of(whole).mean());
    assertThat(Statistics.of(streamed).deviation()).isEqualTo(Statistics.of(whole).deviation());
    assertThat(streamed.row(17)).isEqualTo(whole.row(17));
    assertThat(streamed.value(17, 99)).isEqualTo(whole.value(17, 99));
  }

  private ImageFiles files() {
    return (ImageFiles) read("never").features();
  }

  private DataSet read(String inMemory) {
    return DataSets.read(
        folder,
        Jobs.data(
            "{format: images, path: digits, validation_split: 0, image_size: 16, in_memory: %s}"
                .formatted(inMemory)),
        1);
  }

  private static void assertPixels(ByteBuffer pixels, int[] rows, DataSet whole) {
    byte[] expected = new byte[rows.length * whole.width()];
    byte[] all = ((DataSet.Pixels) whole.features()).values();
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(all, rows[i] * whole.width(), expected, i * whole.width(), whole.width());
    }
    byte[] found = new byte[pixels.remaining()];
    pixels.get(0, found);
    assertThat(found).isEqualTo(expected);
    assertThat(List.of(pixels.isDirect())).containsExactly(true);
  }
}
