package nomadml.trainer.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;

/**
 * Reads a folder with MNIST's file names ({@code train-images-idx3-ubyte}, {@code
 * train-labels-idx1-ubyte}, with or without {@code .gz}). When the {@code t10k-} files are there
 * they are the validation rows; else the split is random.
 */
final class IdxReader {
  private final Path folder;
  private final Train.Data data;
  private final MessageDigest digest = Sha256.digest();

  IdxReader(Path folder, Train.Data data) {
    this.folder = folder;
    this.data = data;
  }

  DataSet read(long seed) throws IOException {
    Tensor images = tensor("train-images-idx3-ubyte", 3);
    Tensor labels = labels("train", images);
    int trainRows = images.rows();
    boolean held =
        Files.exists(folder.resolve("t10k-images-idx3-ubyte"))
            || Files.exists(folder.resolve("t10k-images-idx3-ubyte.gz"));
    if (held) {
      Tensor moreImages = tensor("t10k-images-idx3-ubyte", 3);
      labels = labels.and(labels("t10k", moreImages));
      images = images.and(moreImages);
    }
    float[] targets = new float[images.rows()];
    int largest = 0;
    for (int row = 0; row < targets.length; row++) {
      int label = labels.values()[row] & 0xff;
      targets[row] = label;
      largest = Math.max(largest, label);
    }
    List<String> classes = IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList();
    Split split =
        held
            ? Split.at(trainRows, images.rows())
            : Split.random(images.rows(), data.validationSplit(), data.testSplit(), seed);
    split.requireEveryClassInTraining(targets, classes);
    return new DataSet(
        new DataSet.Pixels(images.values()),
        List.of(1, images.shape()[1], images.shape()[2]),
        List.of(),
        targets,
        classes,
        split.train(),
        split.validation(),
        split.test(),
        Sha256.hex(digest));
  }

  private Tensor labels(String set, Tensor images) throws IOException {
    Tensor labels = tensor(set + "-labels-idx1-ubyte", 1);
    if (labels.rows() != images.rows()) {
      throw TrainingFailure.userError(
          "%s has %d %s images but %d labels"
              .formatted(data.path(), images.rows(), set, labels.rows()),
          "take images and labels from the same download");
    }
    return labels;
  }

  private Tensor tensor(String name, int dimensions) throws IOException {
    Path plain = folder.resolve(name);
    Path packed = folder.resolve(name + ".gz");
    Path file = Files.exists(plain) ? plain : packed;
    if (!Files.exists(file)) {
      throw TrainingFailure.dataMissing(
          "%s has neither %s nor %s.gz".formatted(data.path(), name, name),
          "idx data is a folder with MNIST's four files; they may be gzip");
    }
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    try (InputStream raw =
            new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest);
        DataInputStream in =
            new DataInputStream(file.equals(packed) ? new GZIPInputStream(raw, 1 << 16) : raw)) {
      int magic = in.readInt();
      if (magic != 0x800 + dimensions) {
        throw broken(
            name, "it begins with 0x%08x, not 0x%08x".formatted(magic, 0x800 + dimensions));
      }
      int[] shape = new int[dimensions];
      for (int i = 0; i < dimensions; i++) {
        shape[i] = in.readInt();
      }
      int size = size(name, shape);
      byte[] values = in.readNBytes(size);
      if (values.length < size) {
        throw broken(name, "it ends after %d of %d bytes".formatted(values.length, size));
      }
      return new Tensor(values, shape);
    } catch (EOFException e) {
      throw broken(name, "it ends too early");
    }
  }

  private int size(String name, int[] shape) {
    long size = 1;
    for (int length : shape) {
      if (length <= 0) {
        throw broken(name, "its shape is " + Arrays.toString(shape));
      }
      size *= length;
      if (size > Integer.MAX_VALUE - 16) {
        throw broken(name, "its shape %s is above 2 GiB".formatted(Arrays.toString(shape)));
      }
    }
    return (int) size;
  }

  private TrainingFailure broken(String name, String why) {
    return TrainingFailure.userError(
        "%s/%s is not a whole idx file: %s".formatted(data.path(), name, why),
        "download it again and compare its checksum");
  }

  /** Unsigned bytes with a shape; the first dimension is rows. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  private record Tensor(byte[] values, int[] shape) {
    int rows() {
      return shape[0];
    }

    /** Both, one after the other. */
    Tensor and(Tensor more) {
      byte[] all = Arrays.copyOf(values, values.length + more.values.length);
      System.arraycopy(more.values, 0, all, values.length, more.values.length);
      int[] sum = shape.clone();
      sum[0] += more.shape[0];
      return new Tensor(all, sum);
    }
  }
}
