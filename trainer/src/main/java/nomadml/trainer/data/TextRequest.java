package nomadml.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import nomadml.trainer.TrainingFailure;

/**
 * The texts of a request to {@code mlflow models serve}: {@code dataframe_split} or {@code
 * dataframe_records} with one column, or {@code inputs} or {@code instances} with a list.
 */
final class TextRequest {
  private final String name;
  private final List<String> texts = new ArrayList<>();

  private TextRequest(String name) {
    this.name = name;
  }

  /**
   * The texts in their order.
   *
   * @param name what problems call the request
   */
  static List<String> texts(JsonNode body, String name) {
    TextRequest request = new TextRequest(name);
    for (JsonNode rows :
        List.of(
            body.path("dataframe_split").path("data"),
            body.path("dataframe_records"),
            body.path("inputs").isObject() ? only(body.path("inputs")) : body.path("inputs"),
            body.path("instances"))) {
      if (rows.isArray()) {
        rows.forEach(request::add);
        return request.texts;
      }
    }
    throw TrainingFailure.userError(
        name + " has no dataframe_split, dataframe_records, inputs or instances with texts",
        "write it as serving_input_example.json of the model folder is, or bring a file with a text on each line");
  }

  private void add(JsonNode row) {
    JsonNode text = row.isValueNode() ? row : only(row);
    if (!text.isTextual()) {
      throw TrainingFailure.userError(
          "%s row %d is not one text: %s".formatted(name, texts.size() + 1, shown(row)),
          "give each row one text in quotes, in one column");
    }
    texts.add(text.textValue());
  }

  private static JsonNode only(JsonNode container) {
    return container.size() == 1 ? container.elements().next() : container;
  }

  private static String shown(JsonNode row) {
    String json = row.toString();
    return json.length() <= 60 ? json : json.substring(0, 60) + "…";
  }
}
