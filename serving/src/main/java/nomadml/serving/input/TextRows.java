package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts, as token ids. */
final class TextRows extends Rows {
  private final Features.Texts texts;
  private final int length;
  private final TensorBuilder ids;
  private int cells = 1;
  private int column;

  TextRows(Features.Texts texts) {
    this.texts = texts;
    this.length = texts.tokenizer().settings().sequenceLength();
    this.ids = new TensorBuilder(ElementType.INT32, length);
  }

  /** One column of texts, or one called {@code text} among others. */
  @Override
  void columns(@Nullable List<String> names) throws RefusedRequestException {
    if (names == null) {
      return;
    }
    cells = names.size();
    column = cells == 1 ? 0 : names.indexOf("text");
    if (column < 0 || cells == 0) {
      throw RefusedRequestException.bad(
          "one column of texts is needed, not " + cut(String.join(", ", names)));
    }
  }

  @Override
  void array(JsonParser json) throws IOException, RefusedRequestException {
    row++;
    if (json.currentToken() != JsonToken.START_ARRAY) {
      add(text(json));
      return;
    }
    int cell = 0;
    for (; json.nextToken() != JsonToken.END_ARRAY; cell++) {
      if (cell == column) {
        add(text(json));
      } else {
        json.skipChildren();
      }
    }
    if (cell != cells) {
      throw bad(" has %d cells, and %d are needed".formatted(cell, cells));
    }
  }

  @Override
  void record(JsonParser json) throws IOException, RefusedRequestException {
    row++;
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw bad(" is not an object but " + shown(json));
    }
    int count = 0;
    String found = null;
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      count++;
      if (count == 1 || name.equals("text")) {
        found = text(json);
        column = name.equals("text") ? 0 : 1;
      } else {
        json.skipChildren();
      }
    }
    if (found == null || (count > 1 && column != 0)) {
      throw bad(" has %d values, and one text is needed".formatted(count));
    }
    add(found);
  }

  @Override
  void lists(JsonParser json) throws IOException, RefusedRequestException {
    String name = json.nextFieldName();
    if (name == null) {
      return;
    }
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad("\"%s\" is no list of texts".formatted(cut(name)));
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      row++;
      add(text(json));
    }
    if (json.nextToken() != JsonToken.END_OBJECT) {
      throw RefusedRequestException.bad("one column of texts is needed, and there are more");
    }
  }

  @Override
  void texts(String[] cells) throws RefusedRequestException {
    row++;
    if (cells.length != this.cells) {
      throw bad(" has %d cells, the header has %d".formatted(cells.length, this.cells));
    }
    add(cells[column]);
  }

  @Override
  void tensors(List<NamedTensor> tensors) throws RefusedRequestException {
    NamedTensor tensor = tensors.get(0);
    if (tensors.size() != 1 || tensor.texts() == null || !tensor.isColumn()) {
      throw RefusedRequestException.bad(
          "the model has one input of texts: datatype BYTES, shape (n) or (n, 1)");
    }
    for (String text : tensor.texts()) {
      row++;
      add(text);
    }
  }

  /** A single text, where a list is usual. */
  void single(String text) throws RefusedRequestException {
    row++;
    add(text);
  }

  private String text(JsonParser json) throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad(" is not a text but " + shown(json));
    }
    return json.getText();
  }

  private void add(String text) throws RefusedRequestException {
    requireRoom((long) row * length);
    for (int id : texts.tokenizer().encode(text)) {
      ids.add(id);
    }
  }

  @Override
  Tensor tensor() {
    return ids.rows(row, length);
  }
}
