package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects a body's rows for one kind of network, whatever form the body has. For one request. */
abstract class Rows {
  /** Numbers of one request: a few bytes of JSON may stand for a thousand of them. */
  private static final int MOST = 1 << 21;

  /** How many rows were begun; messages count from 1. */
  protected int row;

  static Rows of(Features features) {
    if (features instanceof Features.Table table) {
      return new TableRows(table);
    }
    return features instanceof Features.Texts texts
        ? new TextRows(texts)
        : new NumberRows((Features.Numbers) features);
  }

  /**
   * Says which columns the following rows of cells have.
   *
   * @param names null where nobody says
   */
  abstract void columns(@Nullable List<String> names) throws RefusedRequestException;

  /**
   * A row of cells, or of numbers in as many dimensions as there are; the parser is at its start.
   */
  abstract void array(JsonParser json) throws IOException, RefusedRequestException;

  /** A row of named cells. */
  abstract void record(JsonParser json) throws IOException, RefusedRequestException;

  /** All rows, a list for each name. */
  abstract void lists(JsonParser json) throws IOException, RefusedRequestException;

  /** A row of cells as texts, of the columns that were named. */
  abstract void texts(String[] cells) throws RefusedRequestException;

  /** All rows, by the Open Inference Protocol. */
  abstract void tensors(List<NamedTensor> tensors) throws RefusedRequestException;

  /** What was collected. */
  abstract Tensor tensor() throws RefusedRequestException;

  /** Refuses a request whose rows are more than a server should take at once. */
  static void requireRoom(long elements) throws RefusedRequestException {
    if (elements > MOST) {
      throw new RefusedRequestException(
          RefusedRequestException.Reason.TOO_LARGE,
          "the rows are more than %d numbers together: send fewer at once".formatted(MOST));
    }
  }

  RefusedRequestException bad(String what) {
    return RefusedRequestException.bad("row " + row + what);
  }

  /** What stands at the parser, for messages. */
  static String shown(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case START_ARRAY -> "a list";
      case START_OBJECT -> "an object";
      case VALUE_STRING -> '"' + cut(json.getText()) + '"';
      default -> cut(json.getText());
    };
  }

  static String cut(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
