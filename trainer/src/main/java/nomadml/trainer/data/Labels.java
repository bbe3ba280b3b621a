package nomadml.trainer.data;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/**
 * A label column as numbers.
 *
 * @param targets the class's index, or the number itself
 * @param classes in the order of their indices (integers by value, words by spelling); empty for
 *     regression
 */
@SuppressWarnings("ArrayRecordComponent") // Large and never compared.
record Labels(float[] targets, List<String> classes) {
  /** Words and integers are classes and all else is regression, unless the job file says which. */
  static Labels of(List<String> labels, Train.@Nullable Task task, String column, String path) {
    boolean integers = labels.stream().allMatch(Cells::isInteger);
    boolean numbers = integers || labels.stream().allMatch(Labels::isNumber);
    Train.Task chosen =
        task != null
            ? task
            : integers || !numbers ? Train.Task.CLASSIFICATION : Train.Task.REGRESSION;
    if (chosen == Train.Task.REGRESSION) {
      return new Labels(numbers(labels, column, path), List.of());
    }
    return ofClasses(labels, inOrder(labels), column, path);
  }

  /** Each once: integers by value, words by spelling. */
  static List<String> inOrder(Collection<String> texts) {
    List<String> distinct = texts.stream().distinct().toList();
    Comparator<String> order =
        distinct.stream().allMatch(Cells::isInteger)
            ? Comparator.comparing(BigInteger::new)
            : Comparator.naturalOrder();
    return distinct.stream().sorted(order).toList();
  }

  private static Labels ofClasses(
      List<String> labels, List<String> classes, String column, String path) {
    if (classes.size() < 2) {
      throw TrainingFailure.userError(
          "%s column \"%s\" has the one class \"%s\" in all rows"
              .formatted(path, column, classes.get(0)),
          "a classification needs two classes or more");
    }
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < classes.size(); i++) {
      index.put(classes.get(i), i);
    }
    float[] targets = new float[labels.size()];
    for (int row = 0; row < targets.length; row++) {
      targets[row] = index.getOrDefault(labels.get(row), 0);
    }
    return new Labels(targets, classes);
  }

  private static float[] numbers(List<String> labels, String column, String path) {
    float[] targets = new float[labels.size()];
    for (int row = 0; row < targets.length; row++) {
      if (!isNumber(labels.get(row))) {
        throw TrainingFailure.userError(
            "%s column \"%s\" is to be predicted by regression, but row %d holds \"%s\""
                .formatted(path, column, row + 1, labels.get(row)),
            "set train.data.task: classification, or clean the column");
      }
      targets[row] = Cells.number(labels.get(row));
    }
    return targets;
  }

  private static boolean isNumber(String label) {
    return !Float.isNaN(Cells.number(label));
  }
}
