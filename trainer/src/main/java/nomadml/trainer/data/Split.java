package nomadml.trainer.data;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import nomadml.trainer.TrainingFailure;

/** Which rows are trained on and which are held out. */
@SuppressWarnings("ArrayRecordComponent") // Large and never compared.
record Split(int[] train, int[] validation) {

  /** A seeded shuffle of the rows, cut at the fraction. */
  static Split random(int rows, double validationSplit, long seed) {
    int held = (int) Math.round(rows * validationSplit);
    if (held >= rows) {
      throw TrainingFailure.userError(
          "train.data.validation_split %s leaves no row of %d to train on"
              .formatted(validationSplit, rows),
          "lower train.data.validation_split or bring more data");
    }
    int[] order = Permutation.of(rows, new Random(seed));
    int[] validation = Arrays.copyOf(order, held);
    int[] train = Arrays.copyOfRange(order, held, rows);
    Arrays.sort(validation);
    Arrays.sort(train);
    return new Split(train, validation);
  }

  /** The first rows to train on, all after them held out. */
  static Split at(int trainRows, int rows) {
    return new Split(
        IntStream.range(0, trainRows).toArray(), IntStream.range(trainRows, rows).toArray());
  }

  /** Refuses a class the network would be asked for but never shown. */
  void requireEveryClassInTraining(float[] targets, List<String> classes) {
    boolean[] seen = new boolean[classes.size()];
    for (int row : train) {
      seen[(int) targets[row]] = true;
    }
    TreeSet<Integer> missing = new TreeSet<>();
    for (int row : validation) {
      if (!seen[(int) targets[row]]) {
        missing.add((int) targets[row]);
      }
    }
    if (!missing.isEmpty()) {
      throw TrainingFailure.userError(
          "class %s is only in the validation rows: the network would never see it"
              .formatted(String.join(", ", missing.stream().map(classes::get).toList())),
          targets.length < 4 * classes.size()
              ? "the label has %d classes in %d rows: set train.data.task: regression if it is a quantity"
                  .formatted(classes.size(), targets.length)
              : "try another train.seed, lower train.data.validation_split or bring more rows of this class");
    }
  }
}
