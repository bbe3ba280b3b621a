package nomadml.trainer.data;

import java.util.ArrayList;
import java.util.List;
import nomadml.trainer.TrainingFailure;

/** Rows for a trained table model, as they come. */
final class UnlabelledTable implements CsvFile.Rows {
  private final String name;
  private final List<Column> columns;
  private final List<Encoder> encoders;
  private final int[] places;
  private final List<float[]> rows = new ArrayList<>();

  UnlabelledTable(String name, List<Column> columns) {
    this.name = name;
    this.columns = columns;
    this.encoders = columns.stream().map(Encoder::new).toList();
    this.places = new int[columns.size()];
  }

  @Override
  public void header(List<String> names) {
    for (int i = 0; i < places.length; i++) {
      String column = columns.get(i).name();
      places[i] = names.indexOf(column);
      if (places[i] < 0) {
        throw TrainingFailure.userError(
            "%s has no column \"%s\", which the model was trained on".formatted(name, column),
            Suggestion.of(column, names));
      }
    }
  }

  @Override
  public void row(String[] cells, int line) {
    float[] row = new float[places.length];
    String where = name + " line " + line;
    for (int i = 0; i < row.length; i++) {
      row[i] = encoders.get(i).number(cells[places[i]], where);
    }
    rows.add(row);
  }

  Unlabelled rows() {
    float[] values = new float[Math.multiplyExact(rows.size(), places.length)];
    for (int row = 0; row < rows.size(); row++) {
      System.arraycopy(rows.get(row), 0, values, row * places.length, places.length);
    }
    return new Unlabelled.Numbers(values, rows.size());
  }
}
