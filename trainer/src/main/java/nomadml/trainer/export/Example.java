package nomadml.trainer.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import nomadml.spec.Json;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;

/** The first training row, as MLflow shows what a model takes. */
record Example(DataSet data) {

  /** A data frame in split orientation, or one image. */
  JsonNode input() {
    int row = data.trainRows()[0];
    if (data.isImages()) {
      return Json.MAPPER.createArrayNode().add(image(row, 0, 0));
    }
    ObjectNode frame = Json.MAPPER.createObjectNode();
    frame.set(
        "columns", Json.MAPPER.valueToTree(data.columns().stream().map(Column::name).toList()));
    ArrayNode values = frame.putArray("data").addArray();
    for (int column = 0; column < data.width(); column++) {
      values.add(data.value(row, column));
    }
    return frame;
  }

  /** The body of a request to {@code mlflow models serve}. */
  JsonNode request() {
    ObjectNode request = Json.MAPPER.createObjectNode();
    request.set(data.isImages() ? "inputs" : "dataframe_split", input());
    return request;
  }

  private ArrayNode image(int row, int dimension, int offset) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    int length = data.shape().get(dimension);
    boolean innermost = dimension == data.shape().size() - 1;
    for (int i = 0; i < length; i++) {
      int position = offset * length + i;
      if (innermost) {
        array.add(data.value(row, position));
      } else {
        array.add(image(row, dimension + 1, position));
      }
    }
    return array;
  }
}
