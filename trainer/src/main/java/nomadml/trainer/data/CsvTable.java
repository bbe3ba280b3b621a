package nomadml.trainer.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;

/** The cells of a CSV file: feature columns as numbers, the label column as text. */
final class CsvTable {
  /** What one array can hold. */
  static final int LIMIT = Integer.MAX_VALUE - 16;

  private static final int BLOCK = 1 << 18;

  private final Train.Data data;
  private final List<String> header;
  private final int label;
  private final int[] features;
  private final int limit;
  private final ColumnReader[] readers;
  private final Texts labels = new Texts();
  private final List<float[]> blocks = new ArrayList<>();
  private float[] block = new float[0];
  private int filled;

  /**
   * An empty table.
   *
   * @param limit of the numbers it may hold
   */
  CsvTable(Train.Data data, List<String> header, int label, int[] features, int limit) {
    this.data = data;
    this.header = header;
    this.label = label;
    this.features = features;
    this.limit = limit;
    this.readers =
        Arrays.stream(features)
            .mapToObj(feature -> new ColumnReader(header.get(feature), data))
            .toArray(ColumnReader[]::new);
  }

  int rows() {
    return labels.size();
  }

  void add(String[] cells, int line) {
    if (filled == block.length) {
      startBlock(line);
    }
    for (int i = 0; i < features.length; i++) {
      block[filled++] = readers[i].read(cells[features[i]], line);
    }
    if (cells[label].isBlank()) {
      throw TrainingFailure.userError(
          "%s line %d has no label in column \"%s\""
              .formatted(data.path(), line, header.get(label)),
          "fill it in or remove the row");
    }
    labels.add(cells[label]);
  }

  private void startBlock(int line) {
    long room = limit - (long) rows() * features.length;
    int blockRows = (int) Math.min(Math.max(1, BLOCK / features.length), room / features.length);
    if (blockRows == 0) {
      throw TrainingFailure.userError(
          "%s has more than %d rows of %d columns (line %d): a table may hold %d numbers"
              .formatted(data.path(), rows(), features.length, line, limit),
          "use fewer columns by listing train.data.features, or train on a part of the rows");
    }
    block = new float[blockRows * features.length];
    blocks.add(block);
    filled = 0;
  }

  DataSet toDataSet(long seed, String sha256) {
    Labels read = Labels.of(labels, data.task(), header.get(label), data.path());
    Split split = Split.random(rows(), data.validationSplit(), data.testSplit(), seed);
    if (!read.classes().isEmpty()) {
      split.requireEveryClassInTraining(read.targets(), read.classes());
    }
    float[] values = values();
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < readers.length; i++) {
      columns.add(readers[i].column(values, i, readers.length, split.train()));
    }
    return new DataSet(
        new DataSet.Numbers(values),
        List.of(readers.length),
        columns,
        read.targets(),
        read.classes(),
        split.train(),
        split.validation(),
        split.test(),
        sha256);
  }

  private float[] values() {
    float[] values = new float[rows() * features.length];
    int at = 0;
    for (float[] part : blocks) {
      int length = Math.min(part.length, values.length - at);
      System.arraycopy(part, 0, values, at, length);
      at += length;
    }
    blocks.clear();
    return values;
  }
}
