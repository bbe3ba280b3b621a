package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.Column;
import org.jspecify.annotations.Nullable;

/** Rows of a table: cells become numbers as {@code table.py} of the model folder makes them. */
final class TableRows extends Rows {
  private static final int IGNORED = -1;

  private final Features.Table table;
  private final int width;
  private float[] values;
  private int @Nullable [] places;
  private boolean named;
  private final boolean[] seen;

  TableRows(Features.Table table) {
    this.table = table;
    this.width = table.columns().size();
    this.values = new float[Math.max(16, width)];
    this.seen = new boolean[width];
  }

  @Override
  void columns(@Nullable List<String> names) throws RefusedRequestException {
    if (names == null) {
      places = null;
      return;
    }
    Map<String, Integer> known = table.places();
    int[] found = new int[names.size()];
    Set<String> twice = new HashSet<>();
    for (int i = 0; i < found.length; i++) {
      if (!twice.add(names.get(i))) {
        throw RefusedRequestException.bad("there are two columns \"" + cut(names.get(i)) + "\"");
      }
      found[i] = known.getOrDefault(names.get(i), IGNORED);
      if (found[i] != IGNORED) {
        seen[found[i]] = true;
      }
    }
    requireAllSeen(names);
    places = found;
  }

  @Override
  void array(JsonParser json) throws IOException, RefusedRequestException {
    begin();
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw bad(" is not a list of cells but " + shown(json));
    }
    int[] order = places;
    int cells = order == null ? width : order.length;
    int cell = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      int place = cell >= cells ? IGNORED : order == null ? cell : order[cell];
      if (place == IGNORED) {
        json.skipChildren();
      } else {
        set(place, cell(json, place));
      }
      cell++;
    }
    if (cell != cells) {
      throw bad(" has %d cells, and there are %d columns".formatted(cell, cells));
    }
  }

  @Override
  void record(JsonParser json) throws IOException, RefusedRequestException {
    begin();
    named = true;
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw bad(" is not an object of named cells but " + shown(json));
    }
    Map<String, Integer> known = table.places();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      Integer place = known.get(name);
      if (place == null) {
        json.skipChildren();
      } else {
        set(place, cell(json, place));
        seen[place] = true;
      }
    }
  }

  @Override
  void lists(JsonParser json) throws IOException, RefusedRequestException {
    named = true;
    int rows = -1;
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      Integer place = table.places().get(name);
      if (place == null) {
        json.skipChildren();
      } else {
        rows = list(json, name, place, rows);
      }
    }
    row = Math.max(0, rows);
  }

  /** All cells of a column; the first column says how many there are. */
  private int list(JsonParser json, String name, int place, int rows)
      throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad(
          "column \"%s\" is not a list of cells but %s".formatted(name, shown(json)));
    }
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      count++;
      go(rows < 0, count);
      if (rows >= 0 && count > rows) {
        break;
      }
      set(place, cell(json, place));
    }
    if (rows >= 0 && count != rows) {
      throw RefusedRequestException.bad(
          "column \"%s\" has not as many cells as the others: %d".formatted(name, rows));
    }
    seen[place] = true;
    return count;
  }

  /** To a row that is new, or there already. */
  private void go(boolean isNew, int number) throws RefusedRequestException {
    if (isNew) {
      begin();
    } else {
      row = number;
    }
  }

  @Override
  void texts(String[] cells) throws RefusedRequestException {
    begin();
    int[] order = Objects.requireNonNull(places);
    if (cells.length != order.length) {
      throw bad(" has %d cells, the header has %d".formatted(cells.length, order.length));
    }
    for (int i = 0; i < cells.length; i++) {
      if (order[i] != IGNORED) {
        set(order[i], encoded(order[i], cells[i]));
      }
    }
  }

  @Override
  void tensors(List<NamedTensor> tensors) throws RefusedRequestException {
    Map<String, Integer> known = table.places();
    NamedTensor first = tensors.get(0);
    if (tensors.size() == 1 && first.texts() == null && !known.containsKey(first.name())) {
      matrix(first);
      return;
    }
    boolean isFirst = true;
    for (NamedTensor column : tensors) {
      Integer place = known.get(column.name());
      if (place == null) {
        throw RefusedRequestException.bad(
            "the model has no input \"%s\"; its columns are %s"
                .formatted(cut(column.name()), names()));
      }
      if (!column.isColumn() || column.rows() != first.rows()) {
        throw RefusedRequestException.bad(
            "input \"%s\" has the shape %s, and (%d) or (%d, 1) is needed"
                .formatted(
                    column.name(), Arrays.toString(column.shape()), first.rows(), first.rows()));
      }
      for (int i = 0; i < column.rows(); i++) {
        go(isFirst, i + 1);
        set(
            place,
            column.texts() == null
                ? number(place, column.number(i), null)
                : encoded(place, column.texts().get(i)));
      }
      seen[place] = true;
      isFirst = false;
    }
    requireAllSeen(tensors.stream().map(NamedTensor::name).toList());
  }

  private void matrix(NamedTensor tensor) throws RefusedRequestException {
    if (tensor.shape().length != 2 || tensor.shape()[1] != width) {
      throw RefusedRequestException.bad(
          "input \"%s\" has the shape %s, and (n, %d) is needed: the columns are %s"
              .formatted(cut(tensor.name()), Arrays.toString(tensor.shape()), width, names()));
    }
    for (int i = 0; i < tensor.rows(); i++) {
      begin();
      for (int place = 0; place < width; place++) {
        set(place, number(place, tensor.number(i * width + place), null));
      }
    }
    Arrays.fill(seen, true);
  }

  @Override
  Tensor tensor() throws RefusedRequestException {
    if (row > 0 && named) {
      requireAllSeen(List.of());
    }
    TensorBuilder floats = new TensorBuilder(ElementType.FLOAT32, row * width);
    for (int i = 0; i < row * width; i++) {
      floats.add(values[i]);
    }
    return floats.rows(row, width);
  }

  private void begin() throws RefusedRequestException {
    row++;
    requireRoom((long) row * width);
    int end = row * width;
    if (end > values.length) {
      values = Arrays.copyOf(values, Math.max(end, 2 * values.length));
    }
    Arrays.fill(values, end - width, end, Float.NaN);
  }

  private void set(int place, float value) {
    values[(row - 1) * width + place] = value;
  }

  private float cell(JsonParser json, int place) throws IOException, RefusedRequestException {
    return switch (json.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        double number = json.getDoubleValue();
        boolean category = table.columns().get(place).holdsCategories();
        yield number(place, number, category ? json.getText() : null);
      }
      case VALUE_NULL -> Float.NaN;
      case VALUE_TRUE -> truth(place, 1, "True");
      case VALUE_FALSE -> truth(place, 0, "False");
      case VALUE_STRING -> encoded(place, json.getText());
      default -> throw bad(", column \"" + name(place) + "\" is " + shown(json));
    };
  }

  /** As Python shows it, where a category is asked for. */
  private float truth(int place, float value, String text) throws RefusedRequestException {
    return table.columns().get(place).holdsCategories() ? encoded(place, text) : value;
  }

  private float number(int place, double number, @Nullable String written)
      throws RefusedRequestException {
    if (Double.isNaN(number)) {
      return Float.NaN;
    }
    Column column = table.columns().get(place);
    if (column.holdsCategories()) {
      boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
      String shortest = whole ? Long.toString((long) number) : Double.toString(number);
      return encoded(place, written == null ? shortest : written);
    }
    float value = (float) number;
    if (Float.isInfinite(value)) {
      throw bad(", column \"%s\": %s is too large".formatted(column.name(), number));
    }
    return value;
  }

  private float encoded(int place, String text) throws RefusedRequestException {
    try {
      if (!table.encoded()) {
        throw bad(", column \"%s\" is not a number: \"%s\"".formatted(name(place), cut(text)));
      }
      return table.encoders()[place].number(text.strip(), "");
    } catch (TrainingFailure e) {
      throw bad(", column \"%s\" is not a number: \"%s\"".formatted(name(place), cut(text)));
    }
  }

  private String name(int place) {
    return table.columns().get(place).name();
  }

  private String names() {
    return cut(String.join(", ", table.columns().stream().map(Column::name).toList()));
  }

  private void requireAllSeen(List<String> given) throws RefusedRequestException {
    for (int place = 0; place < width; place++) {
      if (!seen[place]) {
        String what = "the column \"%s\" is missing".formatted(name(place));
        throw RefusedRequestException.bad(
            given.isEmpty() ? what : what + "; there are " + cut(String.join(", ", given)));
      }
    }
  }
}
