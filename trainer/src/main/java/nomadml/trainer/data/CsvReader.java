package nomadml.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/** Reads a CSV file to train on. */
final class CsvReader implements CsvFile.Rows {
  private final Path file;
  private final Train.Data data;
  private @Nullable CsvTable table;

  CsvReader(Path file, Train.Data data) {
    this.file = file;
    this.data = data;
  }

  /**
   * The table, its label and the split; throws {@link TrainingFailure} for whatever does not fit.
   */
  DataSet read(long seed) throws IOException {
    String sha256 = new CsvFile(file, data.path()).read(this);
    return Objects.requireNonNull(table).toDataSet(seed, sha256);
  }

  @Override
  public void header(List<String> names) {
    table = new CsvTable(data, names, label(names), features(names), CsvTable.LIMIT);
  }

  @Override
  public void row(String[] cells, int line) {
    Objects.requireNonNull(table).add(cells, line);
  }

  private int label(List<String> header) {
    String label = data.label();
    if (label == null) {
      throw TrainingFailure.userError(
          "train.data.label is missing: csv data needs the column to predict",
          "label: " + header.get(header.size() - 1));
    }
    return column(header, label, "label");
  }

  private int[] features(List<String> header) {
    List<String> names =
        data.features().isEmpty()
            ? header.stream().filter(name -> !name.equals(data.label())).toList()
            : data.features();
    if (names.isEmpty()) {
      throw TrainingFailure.userError(
          "%s has no column but the label".formatted(data.path()),
          "bring at least one feature column");
    }
    for (String name : data.categorical()) {
      column(header, name, "categorical");
    }
    return names.stream().mapToInt(name -> column(header, name, "features")).toArray();
  }

  private int column(List<String> header, String name, String field) {
    int index = header.indexOf(name);
    if (index < 0) {
      throw TrainingFailure.userError(
          "train.data.%s names the column \"%s\", which %s does not have"
              .formatted(field, name, data.path()),
          Suggestion.of(name, header));
    }
    return index;
  }
}
