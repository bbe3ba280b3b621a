package nomadml.trainer.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import nomadml.spec.Json;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;

/** The first training row, as MLflow shows what a model takes. */
record Example(DataSet data) {

  /** A data frame in split orientation, with a text as it was written, or one image. */
  JsonNode input() {
    float[] row = data.row(data.trainRows()[0]);
    if (data.isImages()) {
      return Json.MAPPER.createArrayNode().add(image(row, 0, 0));
    }
    ObjectNode frame = Json.MAPPER.createObjectNode();
    if (data.features() instanceof DataSet.Tokens tokens) {
      frame.putArray("columns").add("text");
      frame.putArray("data").addArray().add(tokens.example());
      return frame;
    }
    frame.set(
        "columns", Json.MAPPER.valueToTree(data.columns().stream().map(Column::name).toList()));
    ArrayNode values = frame.putArray("data").addArray();
    for (int column = 0; column < row.length; column++) {
      values.add(cell(data.columns().get(column), row[column]));
    }
    return frame;
  }

  /** The body of a request to {@code mlflow models serve}. */
  JsonNode request() {
    ObjectNode request = Json.MAPPER.createObjectNode();
    request.set(data.isImages() ? "inputs" : "dataframe_split", input());
    return request;
  }

  /** As a caller has it, before it was made a number. */
  private static JsonNode cell(Column column, float value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (Float.isNaN(value)) {
      return nodes.nullNode();
    }
    return switch (column.kind()) {
      case NUMBER -> nodes.numberNode(value);
      case INTEGER -> nodes.numberNode((long) value);
      case BOOLEAN -> nodes.booleanNode(value == 1);
      case CATEGORY ->
          value < column.categories().size()
              ? nodes.textNode(column.categories().get((int) value))
              : nodes.nullNode();
    };
  }

  private ArrayNode image(float[] row, int dimension, int offset) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    int length = data.shape().get(dimension);
    boolean innermost = dimension == data.shape().size() - 1;
    for (int i = 0; i < length; i++) {
      int position = offset * length + i;
      if (innermost) {
        array.add(row[position]);
      } else {
        array.add(image(row, dimension + 1, position));
      }
    }
    return array;
  }
}
