package nomadml.trainer.data;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import nomadml.trainer.TrainingFailure;

/** Which rows are trained on and which are held out. */
@SuppressWarnings("ArrayRecordComponent") // Large and never compared.
record Split(int[] train, int[] validation, int[] test) {

  /** A seeded shuffle of the rows, cut at the fractions. */
  static Split random(int rows, double validationSplit, double testSplit, long seed) {
    int validation = (int) Math.round(rows * validationSplit);
    int test = (int) Math.round(rows * testSplit);
    if (validation + test >= rows) {
      throw TrainingFailure.userError(
          "train.data.validation_split %s%s leaves no row of %d to train on"
              .formatted(validationSplit, test == 0 ? "" : " and test_split " + testSplit, rows),
          "lower train.data.validation_split or bring more data");
    }
    int[] order = Permutation.of(rows, new Random(seed));
    return new Split(
        sorted(order, validation + test, rows),
        sorted(order, 0, validation),
        sorted(order, validation, validation + test));
  }

  private static int[] sorted(int[] order, int from, int to) {
    int[] rows = Arrays.copyOfRange(order, from, to);
    Arrays.sort(rows);
    return rows;
  }

  /** The first rows to train on, all after them held out. */
  static Split at(int trainRows, int rows) {
    return new Split(
        IntStream.range(0, trainRows).toArray(),
        IntStream.range(trainRows, rows).toArray(),
        new int[0]);
  }

  /** Refuses a class the network would be asked for but never shown. */
  void requireEveryClassInTraining(float[] targets, List<String> classes) {
    boolean[] seen = new boolean[classes.size()];
    for (int row : train) {
      seen[(int) targets[row]] = true;
    }
    TreeSet<Integer> missing = new TreeSet<>();
    IntStream.concat(Arrays.stream(validation), Arrays.stream(test))
        .map(row -> (int) targets[row])
        .filter(label -> !seen[label])
        .forEach(missing::add);
    if (!missing.isEmpty()) {
      throw TrainingFailure.userError(
          "class %s is only in the held-out rows: the network would never see it"
              .formatted(String.join(", ", missing.stream().map(classes::get).toList())),
          targets.length < 4 * classes.size()
              ? "the label has %d classes in %d rows: set train.data.task: regression if it is a quantity"
                  .formatted(classes.size(), targets.length)
              : "try another train.seed, lower train.data.validation_split or bring more rows of this class");
    }
  }
}
