package nomadml.trainer.export;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import nomadml.spec.Json;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;

/**
 * The columns and types of a data set as its file has them, in the form MLflow keeps: {@code
 * mlflow_colspec} for tables and texts, {@code mlflow_tensorspec} for images.
 */
public final class DataSchema {
  /** What every MLflow stores; a wider table goes without a schema. */
  private static final int LONGEST = 65_535;

  private DataSchema() {}

  /**
   * The schema as JSON; empty when it is too long for MLflow.
   *
   * @param label the name of the column to predict; of texts it is {@code label}
   */
  public static String of(DataSet data, String label) throws IOException {
    ObjectNode schema = Json.MAPPER.createObjectNode();
    if (data.isImages()) {
      ArrayNode pixels = Json.MAPPER.createArrayNode().add(tensor("uint8", data.shape()));
      ArrayNode targets = Json.MAPPER.createArrayNode().add(tensor("int64", List.of()));
      schema
          .putObject("mlflow_tensorspec")
          .put("features", Json.MAPPER.writeValueAsString(pixels))
          .put("targets", Json.MAPPER.writeValueAsString(targets));
    } else {
      ArrayNode columns = schema.putArray("mlflow_colspec");
      if (data.isText()) {
        column(columns, "string", "text", true);
      }
      boolean[] gaps = gaps(data);
      for (int i = 0; i < gaps.length; i++) {
        Column column = data.columns().get(i);
        column(columns, type(column), column.name(), !gaps[i]);
      }
      column(columns, labelType(data), label, true);
    }
    String json = Json.MAPPER.writeValueAsString(schema);
    return json.length() > LONGEST ? "" : json;
  }

  /** Any number of examples of a shape. */
  static ObjectNode tensor(String type, List<Integer> shape) {
    ObjectNode tensor = Json.MAPPER.createObjectNode().put("type", "tensor");
    ArrayNode sizes = tensor.putObject("tensor-spec").put("dtype", type).putArray("shape");
    sizes.add(-1);
    shape.forEach(sizes::add);
    return tensor;
  }

  private static void column(ArrayNode columns, String type, String name, boolean required) {
    columns.addObject().put("type", type).put("name", name).put("required", required);
  }

  private static String type(Column column) {
    return switch (column.kind()) {
      case NUMBER -> "double";
      case INTEGER -> "long";
      case BOOLEAN -> "boolean";
      case CATEGORY -> "string";
    };
  }

  private static String labelType(DataSet data) {
    if (!data.isClassification()) {
      return "double";
    }
    boolean integers = data.classes().stream().allMatch(name -> name.matches("[+-]?\\d{1,18}"));
    return integers ? "long" : "string";
  }

  /** Whether cells of each column are missing; in one pass, for tables are large. */
  private static boolean[] gaps(DataSet data) {
    boolean[] gaps = new boolean[data.columns().size()];
    if (data.features() instanceof DataSet.Numbers numbers) {
      int column = 0;
      for (float value : numbers.values()) {
        gaps[column] |= Float.isNaN(value);
        column = column + 1 == gaps.length ? 0 : column + 1;
      }
    }
    return gaps;
  }
}
