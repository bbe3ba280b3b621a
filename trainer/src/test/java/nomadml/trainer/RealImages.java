package nomadml.trainer;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;

/** The first digits of the example data as images of 16 × 16 pixels. */
public final class RealImages {
  private static final int SIZE = 16;

  private RealImages() {}

  /** MNIST's two training files, the images packed. */
  public static void idx(Path folder, int count) {
    DataSet digits = digits();
    try {
      Files.createDirectories(folder);
      ByteArrayOutputStream images = new ByteArrayOutputStream();
      ByteArrayOutputStream labels = new ByteArrayOutputStream();
      header(images, 0x803, count, SIZE, SIZE);
      header(labels, 0x801, count);
      for (int row = 0; row < count; row++) {
        for (int i = 0; i < SIZE * SIZE; i++) {
          images.write(pixel(digits, row, i % SIZE, i / SIZE));
        }
        labels.write((int) digits.targets()[row]);
      }
      try (OutputStream out =
          new GZIPOutputStream(
              Files.newOutputStream(folder.resolve("train-images-idx3-ubyte.gz")))) {
        images.writeTo(out);
      }
      Files.write(folder.resolve("train-labels-idx1-ubyte"), labels.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A folder of PNG files for each digit. */
  public static void folders(Path folder, int count) {
    DataSet digits = digits();
    try {
      for (int row = 0; row < count; row++) {
        BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < SIZE * SIZE; i++) {
          image.setRGB(i % SIZE, i / SIZE, 0x010101 * pixel(digits, row, i % SIZE, i / SIZE));
        }
        Path file = folder.resolve((int) digits.targets()[row] + "/" + row + ".png");
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DataSet digits() {
    return DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42);
  }

  private static int pixel(DataSet digits, int row, int x, int y) {
    return Math.min(255, (int) (digits.value(row, y / 2 * 8 + x / 2) * 16));
  }

  private static void header(OutputStream out, int... numbers) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    for (int number : numbers) {
      data.writeInt(number);
    }
  }
}
