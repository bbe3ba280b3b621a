package nomadml.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import nomadml.serving.input.Features;
import nomadml.serving.input.InferenceReader;
import nomadml.spec.Json;
import nomadml.spec.Version;
import nomadml.trainer.data.Column;

/** What the Open Inference Protocol wants to know of a server and its model. */
final class Metadata {
  private Metadata() {}

  static String server() {
    ObjectNode server =
        Json.MAPPER.createObjectNode().put("name", "nomad-ml").put("version", Version.CURRENT);
    server.putArray("extensions").add("binary_tensor_data");
    return server.toString();
  }

  static String model(ActiveModel active) {
    ObjectNode model = Json.MAPPER.createObjectNode().put("name", active.identity().name());
    model.putArray("versions").add(active.identity().version());
    model.put("platform", "pytorch_torchscript");
    inputs(model.putArray("inputs"), active.folder().features());
    ObjectNode output = model.putArray("outputs").addObject();
    output.put("name", InferenceReader.OUTPUT).put("datatype", "FP32");
    ArrayNode shape = output.putArray("shape").add(-1);
    int classes = active.folder().classes().size();
    shape.add(classes == 0 ? -1 : classes);
    ObjectNode parameters = model.putObject("parameters");
    parameters.put("digest", active.identity().digest());
    if (classes > 0) {
      active.folder().classes().forEach(parameters.putArray("classes")::add);
    }
    return model.toString();
  }

  private static void inputs(ArrayNode inputs, Features features) {
    if (features instanceof Features.Texts) {
      input(inputs, "text", "BYTES");
    } else if (features instanceof Features.Numbers numbers) {
      ArrayNode shape = input(inputs, "input", numbers.type().protocol());
      int[] sizes = numbers.shape();
      if (sizes != null) {
        for (int size : sizes) {
          shape.add(size);
        }
      }
    } else {
      columns(inputs, (Features.Table) features);
    }
  }

  /** One matrix when all columns are numbers, else an input for each. */
  private static void columns(ArrayNode inputs, Features.Table table) {
    if (table.columns().stream().noneMatch(Column::holdsCategories)) {
      input(inputs, "input", "FP32").add(table.columns().size());
      return;
    }
    for (Column column : table.columns()) {
      input(inputs, column.name(), column.holdsCategories() ? "BYTES" : "FP32");
    }
  }

  private static ArrayNode input(ArrayNode inputs, String name, String type) {
    return inputs.addObject().put("name", name).put("datatype", type).putArray("shape").add(-1);
  }
}
