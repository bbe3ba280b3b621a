package nomadml.trainer.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;

/** The cells of a CSV file: feature columns as numbers, the label column as text. */
final class CsvTable {
  private final String path;
  private final List<String> header;
  private final int label;
  private final int[] features;
  private final List<String> labels = new ArrayList<>();
  private float[] numbers = new float[1024];
  private int filled;

  CsvTable(String path, List<String> header, int label, int[] features) {
    this.path = path;
    this.header = header;
    this.label = label;
    this.features = features;
  }

  int rows() {
    return labels.size();
  }

  void add(String[] cells, int line) {
    if (cells.length != header.size()) {
      throw TrainingFailure.userError(
          "%s line %d has %d cells, the header has %d"
              .formatted(path, line, cells.length, header.size()),
          "give every row as many cells as the header, or quote cells that hold a comma");
    }
    if (filled + features.length > numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.max(numbers.length * 2, filled + features.length));
    }
    for (int feature : features) {
      numbers[filled++] = number(cells[feature], header.get(feature), line);
    }
    if (cells[label].isBlank()) {
      throw TrainingFailure.userError(
          "%s line %d has no label in column \"%s\"".formatted(path, line, header.get(label)),
          "fill it in or remove the row");
    }
    labels.add(cells[label]);
  }

  private float number(String cell, String column, int line) {
    try {
      float number = Float.parseFloat(cell);
      if (Float.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, with the place.
    }
    throw TrainingFailure.userError(
        "%s line %d column \"%s\" is not a number: \"%s\"".formatted(path, line, column, cell),
        "encode it as a number, or leave the column out by listing train.data.features");
  }

  DataSet toDataSet(Train.Data data, long seed, String sha256) {
    float[] values = Arrays.copyOf(numbers, filled);
    List<String> names = Arrays.stream(features).mapToObj(header::get).toList();
    Labels read = Labels.of(labels, data.task(), header.get(label), path);
    Split split = Split.random(rows(), data.validationSplit(), data.testSplit(), seed);
    if (!read.classes().isEmpty()) {
      split.requireEveryClassInTraining(read.targets(), read.classes());
    }
    return new DataSet(
        new DataSet.Numbers(values),
        List.of(names.size()),
        names,
        read.targets(),
        read.classes(),
        split.train(),
        split.validation(),
        split.test(),
        sha256);
  }
}
