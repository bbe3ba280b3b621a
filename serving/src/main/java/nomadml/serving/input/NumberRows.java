package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rows of a tensor. Sizes the network leaves free are those of the first row. */
final class NumberRows extends Rows {
  private static final int FREE = -1;
  private static final int DEEPEST = 8;

  private final Features.Numbers numbers;
  private final TensorBuilder values;
  private int @Nullable [] shape;
  private @Nullable List<String> names;

  NumberRows(Features.Numbers numbers) {
    this.numbers = numbers;
    this.shape = numbers.shape() == null ? null : numbers.shape().clone();
    this.values = new TensorBuilder(numbers.type(), room(shape));
  }

  private static int room(int @Nullable [] shape) {
    return shape == null || Arrays.stream(shape).anyMatch(size -> size == FREE)
        ? 64
        : Tensor.width(shape);
  }

  @Override
  void columns(@Nullable List<String> names) throws RefusedRequestException {
    this.names = names;
    if (names != null && names.size() != 1) {
      size(0, names.size(), 1, names.size() + " columns");
    }
  }

  @Override
  void array(JsonParser json) throws IOException, RefusedRequestException {
    row++;
    if (names != null && names.size() == 1 && json.currentToken() == JsonToken.START_ARRAY) {
      oneCell(json);
      return;
    }
    nested(json, 0);
  }

  /** A column whose cells are the rows of the tensor. */
  private void oneCell(JsonParser json) throws IOException, RefusedRequestException {
    json.nextToken();
    if (json.currentToken() != JsonToken.START_ARRAY) {
      nested(json, shape != null && shape.length == 1 ? 1 : 0);
      if (shape != null && shape.length == 1) {
        size(0, 1, 1, "1 number");
      }
    } else {
      nested(json, 0);
    }
    if (json.nextToken() != JsonToken.END_ARRAY) {
      throw bad(" has more cells than the one column");
    }
  }

  private void nested(JsonParser json, int depth) throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      if (shape == null) {
        shape = new int[depth];
        Arrays.fill(shape, FREE);
      }
      if (depth != shape.length) {
        throw bad(
            " has %s where the shape %s has a list".formatted(shown(json), Arrays.toString(shape)));
      }
      add(json);
      return;
    }
    if (depth == (shape == null ? DEEPEST : shape.length)) {
      throw bad(
          " has more dimensions than %s"
              .formatted(shape == null ? "eight" : "the shape " + Arrays.toString(shape)));
    }
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      nested(json, depth + 1);
      count++;
    }
    size(depth, count, depth + 1, "a list of " + count);
  }

  /** Checks a size against the shape, or makes it the shape's. */
  private void size(int dimension, int size, int leastRank, String what)
      throws RefusedRequestException {
    if (shape == null) {
      shape = new int[leastRank]; // Of an empty list: nothing says what is in it.
      Arrays.fill(shape, FREE);
    }
    if (dimension >= shape.length || (shape[dimension] != FREE && shape[dimension] != size)) {
      row = Math.max(1, row);
      throw bad(
          " has %s where the shape %s has %s"
              .formatted(
                  what,
                  Arrays.toString(shape),
                  dimension >= shape.length ? "a number" : Integer.toString(shape[dimension])));
    }
    shape[dimension] = size;
  }

  private void add(JsonParser json) throws IOException, RefusedRequestException {
    switch (json.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> add(json.getDoubleValue());
      case VALUE_TRUE -> add(1);
      case VALUE_FALSE -> add(0);
      case VALUE_NULL -> {
        if (!numbers.type().isFloating()) {
          throw bad(" has null, which is no " + numbers.type().numpy());
        }
        add(Double.NaN);
      }
      default -> throw bad(" has %s where a number is needed".formatted(shown(json)));
    }
  }

  private void add(double number) throws RefusedRequestException {
    requireRoom(values.elements());
    double value = numbers.divisor() == 1 ? number : (float) number / numbers.divisor();
    if (!values.add(value)) {
      throw bad(" has %s, which is no %s".formatted(shown(number), numbers.type().numpy()));
    }
  }

  private static String shown(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : String.format(Locale.ROOT, "%s", number);
  }

  @Override
  void record(JsonParser json) throws IOException, RefusedRequestException {
    row++;
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw bad(" is not an object but " + shown(json));
    }
    List<String> found = new ArrayList<>();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      found.add(name);
      if (found.size() == 1 && json.currentToken() == JsonToken.START_ARRAY) {
        nested(json, 0);
        if (json.nextToken() != JsonToken.END_OBJECT) {
          throw bad(" has more than the one input \"" + cut(name) + "\"");
        }
        return;
      }
      nested(json, 1);
    }
    if (names == null) {
      names = found;
    } else if (!names.equals(found)) {
      throw bad(
          " has not the names of row 1, or not in their order: " + cut(String.join(", ", found)));
    }
    size(0, found.size(), 1, found.size() + " named numbers");
  }

  @Override
  void lists(JsonParser json) throws IOException, RefusedRequestException {
    String name = json.nextFieldName();
    if (name == null) {
      return;
    }
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad("input \"%s\" is no list of rows".formatted(cut(name)));
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      array(json);
    }
    if (json.nextToken() != JsonToken.END_OBJECT) {
      throw RefusedRequestException.bad("the model has one input, and there are more");
    }
  }

  @Override
  void texts(String[] cells) throws RefusedRequestException {
    row++;
    List<String> header = Objects.requireNonNull(names);
    if (cells.length != header.size()) {
      throw bad(" has %d cells, the header has %d".formatted(cells.length, header.size()));
    }
    size(0, cells.length, 1, cells.length + " cells");
    for (int i = 0; i < cells.length; i++) {
      try {
        add(cells[i].isEmpty() ? Double.NaN : Double.parseDouble(cells[i]));
      } catch (NumberFormatException e) {
        throw bad(
            ", column \"%s\" is not a number: \"%s\"".formatted(cut(header.get(i)), cut(cells[i])));
      }
    }
  }

  @Override
  void tensors(List<NamedTensor> tensors) throws RefusedRequestException {
    NamedTensor tensor = tensors.get(0);
    if (tensors.size() != 1 || tensor.texts() != null) {
      throw RefusedRequestException.bad("the model has one input, a tensor of numbers");
    }
    int rank = Math.max(0, tensor.shape().length - 1);
    if (shape == null) {
      shape = new int[rank];
      Arrays.fill(shape, FREE);
    }
    row = 1;
    if (rank != shape.length) {
      throw RefusedRequestException.bad(
          "input \"%s\" has the shape %s, and the model takes rows of %s"
              .formatted(
                  cut(tensor.name()), Arrays.toString(tensor.shape()), Arrays.toString(shape)));
    }
    for (int i = 0; i < rank; i++) {
      size(i, tensor.shape()[i + 1], rank, "a size of " + tensor.shape()[i + 1]);
    }
    int width = Tensor.width(shape);
    for (int i = 0; i < tensor.elements(); i++) {
      row = width == 0 ? 1 : i / width + 1;
      add(tensor.number(i));
    }
    row = tensor.rows();
  }

  @Override
  Tensor tensor() {
    int[] found = shape == null ? new int[0] : shape;
    for (int i = 0; i < found.length; i++) {
      found[i] = Math.max(0, found[i]);
    }
    return values.rows(row, found);
  }
}
