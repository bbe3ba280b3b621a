package nomadml.trainer.data;

import java.util.List;

/**
 * Examples held in memory, split into training and validation rows.
 *
 * @param features all examples, row by row
 * @param shape of one example: {@code [columns]}, {@code [channels, height, width]} or {@code
 *     [sequence length]}
 * @param columns of a table; empty for images and text
 * @param targets what is predicted: the index of a class, or a number for regression
 * @param classes the labels in the order of their indices; empty for regression
 * @param trainRows indices of the rows to train on
 * @param validationRows indices of the rows held out to judge each epoch
 * @param testRows indices of the rows held out for one look at the end
 * @param sha256 of the file, or of all names and contents of the folder
 */
@SuppressWarnings("ArrayRecordComponent") // Large and never compared.
public record DataSet(
    Features features,
    List<Integer> shape,
    List<Column> columns,
    float[] targets,
    List<String> classes,
    int[] trainRows,
    int[] validationRows,
    int[] testRows,
    String sha256) {

  /** Numbers as read, pixels of 0–255, the files to decode them from, or token ids. */
  public sealed interface Features permits Numbers, Pixels, ImageFiles, Tokens {}

  /** Columns of a table, row by row, each as its {@link Column} says. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Numbers(float[] values) implements Features {}

  /** Unsigned bytes. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Pixels(byte[] values) implements Features {}

  /**
   * Texts as ids of their tokens, with {@link Tokenizer#PADDING} after each text's end.
   *
   * @param example a training row as it was written
   */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Tokens(int[] ids, String example, Tokenizer tokenizer) implements Features {}

  public boolean isClassification() {
    return !classes.isEmpty();
  }

  public boolean isImages() {
    return features instanceof Pixels || features instanceof ImageFiles;
  }

  public boolean isText() {
    return features instanceof Tokens;
  }

  /** Values of one example. */
  public int width() {
    return shape.stream().reduce(1, Math::multiplyExact);
  }

  /** Inputs of the network's first layer: more than {@link #width} when a table has categories. */
  public int inputs() {
    return isImages() ? width() : columns.stream().mapToInt(Column::inputs).sum();
  }

  /** The share of each class among the training rows; empty for regression. */
  public float[] classShares() {
    int[] counts = new int[classes.size()];
    if (isClassification()) {
      for (int row : trainRows) {
        counts[(int) targets[row]]++;
      }
    }
    float[] shares = new float[counts.length];
    for (int label = 0; label < shares.length; label++) {
      shares[label] = counts[label] / (float) trainRows.length;
    }
    return shares;
  }

  /** Numbers the network puts out: one for each class, or one. */
  public int outputs() {
    return isClassification() ? classes.size() : 1;
  }

  /** A row as numbers: the cells of a table, pixels of 0–255, or token ids. */
  public float[] row(int row) {
    float[] values = new float[width()];
    if (features instanceof Numbers numbers) {
      System.arraycopy(numbers.values(), row * values.length, values, 0, values.length);
      return values;
    }
    if (features instanceof Tokens tokens) {
      for (int i = 0; i < values.length; i++) {
        values[i] = tokens.ids()[row * values.length + i];
      }
      return values;
    }
    byte[] pixels = new byte[values.length];
    if (features instanceof ImageFiles files) {
      files.decode(row, pixels);
    } else {
      System.arraycopy(((Pixels) features).values(), row * pixels.length, pixels, 0, pixels.length);
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = pixels[i] & 0xff;
    }
    return values;
  }

  /** One of {@link #row}. */
  public float value(int row, int column) {
    if (features instanceof Numbers numbers) {
      return numbers.values()[row * width() + column];
    }
    return features instanceof Pixels pixels
        ? pixels.values()[row * width() + column] & 0xff
        : row(row)[column];
  }
}
