package nomadml.trainer.training;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import nomadml.spec.Json;
import nomadml.trainer.data.DataSet;

/** Writes what the model does on held-out rows beside it: {@code evaluation.json}. */
final class EvaluationFile {
  /** A confusion matrix of more classes is nothing to look at. */
  private static final int MOST_CLASSES = 200;

  private EvaluationFile() {}

  static void write(Path folder, DataSet data, Map<String, Evaluation.Result> results)
      throws IOException {
    ObjectNode file = Json.MAPPER.createObjectNode();
    file.set("classes", Json.MAPPER.valueToTree(data.classes()));
    results.forEach(
        (split, result) -> {
          ObjectNode node = file.putObject(split);
          node.set("metrics", Json.MAPPER.valueToTree(result.metrics()));
          if (result.scores() != null && data.classes().size() <= MOST_CLASSES) {
            classes(node, data, result.scores());
          }
        });
    Json.MAPPER
        .writerWithDefaultPrettyPrinter()
        .writeValue(folder.resolve("evaluation.json").toFile(), file);
  }

  private static void classes(ObjectNode node, DataSet data, Scores scores) {
    ObjectNode classes = node.putObject("by_class");
    ArrayNode matrix = node.putArray("confusion_matrix");
    for (int label = 0; label < data.classes().size(); label++) {
      classes
          .putObject(data.classes().get(label))
          .put("precision", scores.precision(label))
          .put("recall", scores.recall(label))
          .put("f1", scores.f1(label));
      matrix.add(Json.MAPPER.valueToTree(scores.confusion()[label]));
    }
  }
}
