package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as {@code mlflow models serve} takes it.
 *
 * @see <a href="https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/">MLflow, the
 *     inference server's request formats</a>
 */
public final class InvocationsReader {
  static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // As Python writes missing values.
          .build();

  private static final Set<String> FORMS =
      Set.of("dataframe_split", "dataframe_records", "instances", "inputs");
  private static final String WANTED =
      "the body must be a JSON object with one of dataframe_split, dataframe_records, instances and inputs";

  private final byte[] body;
  private final Features features;

  private InvocationsReader(byte[] body, Features features) {
    this.body = body;
    this.features = features;
  }

  /** The rows of a body, and how the answer is to be written. */
  public static Request read(byte[] body, Features features) throws RefusedRequestException {
    try {
      return new InvocationsReader(body, features).read();
    } catch (JsonProcessingException e) {
      throw RefusedRequestException.bad("the body is not JSON: " + reason(e));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing is read but memory.
    }
  }

  /** What Jackson says, without its source. */
  static String reason(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    String where =
        e.getLocation() == null
            ? ""
            : ", at line %d, column %d"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    return Rows.cut(message.lines().findFirst().orElse("")) + where;
  }

  private Request read() throws IOException, RefusedRequestException {
    Rows rows = Rows.of(features);
    String form = null;
    try (JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw RefusedRequestException.bad(
            WANTED + (json.currentToken() == null ? "; it is empty" : ", not " + Rows.shown(json)));
      }
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        json.nextToken();
        if (!FORMS.contains(key)) {
          json.skipChildren();
        } else if (form != null) {
          throw RefusedRequestException.bad(WANTED + "; it has " + form + " and " + key);
        } else {
          form = key;
          read(key, json, rows);
        }
      }
      if (json.nextToken() != null) {
        throw RefusedRequestException.bad("the body is not JSON: something follows the object");
      }
    }
    if (form == null) {
      throw RefusedRequestException.bad(WANTED);
    }
    return new Request(rows.tensor(), form.startsWith("dataframe"));
  }

  private void read(String form, JsonParser json, Rows rows)
      throws IOException, RefusedRequestException {
    switch (form) {
      case "dataframe_split" -> split(json, rows);
      case "dataframe_records" -> list(form, json, rows, true);
      default -> {
        if (json.currentToken() == JsonToken.START_OBJECT) {
          rows.lists(json);
        } else if (json.currentToken() == JsonToken.VALUE_STRING && rows instanceof TextRows text) {
          text.single(json.getText());
        } else {
          list(form, json, rows, false);
        }
      }
    }
  }

  private static void list(String form, JsonParser json, Rows rows, boolean records)
      throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad(form + " is not a list but " + Rows.shown(json));
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (records || json.currentToken() == JsonToken.START_OBJECT) {
        rows.record(json);
      } else {
        rows.array(json);
      }
    }
  }

  private void split(JsonParser json, Rows rows) throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw RefusedRequestException.bad("dataframe_split is not an object but " + Rows.shown(json));
    }
    boolean named = false;
    boolean read = false;
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      json.nextToken();
      switch (key) {
        case "columns" -> {
          if (!named && !read) {
            rows.columns(names(json));
            named = true;
          } else {
            json.skipChildren();
          }
        }
        case "data" -> {
          if (!named) {
            rows.columns(columnsAhead());
            named = true;
          }
          list("data", json, rows, false);
          read = true;
        }
        case "index" -> json.skipChildren();
        default ->
            throw RefusedRequestException.bad(
                "dataframe_split takes columns, index and data, not \"%s\""
                    .formatted(Rows.cut(key)));
      }
    }
    if (!read) {
      throw RefusedRequestException.bad("dataframe_split has no data");
    }
  }

  /** Cells that stand before the names of their columns; seldom, so the body is looked at again. */
  private @Nullable List<String> columnsAhead() throws IOException, RefusedRequestException {
    try (JsonParser json = JSON.createParser(body)) {
      json.nextToken();
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        json.nextToken();
        if (!key.equals("dataframe_split")) {
          json.skipChildren();
          continue;
        }
        for (String inner = json.nextFieldName(); inner != null; inner = json.nextFieldName()) {
          json.nextToken();
          if (inner.equals("columns")) {
            return names(json);
          }
          json.skipChildren();
        }
      }
    }
    return null;
  }

  private static @Nullable List<String> names(JsonParser json)
      throws IOException, RefusedRequestException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad("columns is not a list of names but " + Rows.shown(json));
    }
    List<String> names = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (!json.currentToken().isScalarValue()) {
        throw RefusedRequestException.bad("a column's name is " + Rows.shown(json));
      }
      names.add(json.getText());
    }
    return names;
  }
}
