package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a batch, and the sums on the device from which an epoch's metrics come: they are read
 * once an epoch, so that no step waits for the device.
 */
final class Objective {
  /** The sum of the losses, then what the other metrics need. */
  private static final String CLASSES =
      """
      def counted(self: __torch__.M,
          loss: Tensor,
          output: Tensor,
          target: Tensor,
          totals: Tensor) -> Tensor:
        correct = torch.sum(torch.eq(torch.argmax(output, 1), target))
        sum = torch.mul(torch.to(torch.detach(loss), 7), torch.size(target, 0))
        torch.add_(totals, torch.stack([sum, torch.to(correct, 7)]))
        return loss
      """;

  private static final String NUMBERS =
      """
      def counted(self: __torch__.M,
          loss: Tensor,
          output: Tensor,
          target: Tensor,
          totals: Tensor) -> Tensor:
        error = torch.to(torch.sub(torch.reshape(torch.detach(output), [-1]), target), 7)
        sum = torch.mul(torch.to(torch.detach(loss), 7), torch.size(target, 0))
        torch.add_(totals, torch.stack([sum, torch.sum(torch.abs(error)), torch.sum(torch.mul(error, error))]))
        return loss
      """;

  private static final String CROSS_ENTROPY =
      """
      def %s(self: __torch__.M,
          output: Tensor,
          target: Tensor,
          totals: Tensor,
          weights: Tensor) -> Tensor:
        loss = torch.cross_entropy_loss(output, target, %s, 1, -100, %s)
        return (self).counted(loss, output, target, totals, )
      """;

  private static final String SQUARED_ERROR =
      """
      def %s(self: __torch__.M,
          output: Tensor,
          target: Tensor,
          totals: Tensor,
          weights: Tensor) -> Tensor:
        difference = torch.sub(torch.reshape(output, [-1]), target)
        loss = torch.mean(torch.mul(difference, difference))
        return (self).counted(loss, output, target, totals, )
      """;

  private static final String TRAINING = "training_loss";
  private static final String HELD_OUT = "held_out_loss";

  private final Kernels kernels;
  private final @Nullable CustomLoss custom;
  private final NDArray weights;
  private final DataSet data;
  private final double unit;
  private final NDManager manager;
  private NDArray totals;

  /**
   * Sums of zero.
   *
   * @param kernels with {@link #kernels(DataSet, Train)}
   * @param statistics whose target deviation one unit of the loss stands for
   * @param custom the user's own loss, for training and for held-out rows
   */
  Objective(
      NDManager manager,
      Kernels kernels,
      DataSet data,
      Statistics statistics,
      Train job,
      @Nullable CustomLoss custom) {
    this.kernels = kernels;
    this.custom = custom;
    this.manager = manager;
    this.data = data;
    this.unit = statistics.targetDeviation();
    boolean weighted = job.classWeights() == Train.ClassWeights.BALANCED;
    this.weights = manager.create(weighted ? balanced(data) : new float[0]);
    this.totals = manager.zeros(sums(), DataType.FLOAT64);
  }

  /** The job's loss; label smoothing and class weights are for training alone. */
  static String kernels(DataSet data, Train job) {
    if (!data.isClassification()) {
      return NUMBERS + SQUARED_ERROR.formatted(TRAINING) + SQUARED_ERROR.formatted(HELD_OUT);
    }
    String weights = job.classWeights() == Train.ClassWeights.BALANCED ? "weights" : "None";
    return CLASSES
        + CROSS_ENTROPY.formatted(TRAINING, weights, job.labelSmoothing())
        + CROSS_ENTROPY.formatted(HELD_OUT, "None", 0.);
  }

  /** Rows over classes and rows of the class, as scikit-learn's {@code balanced} has it. */
  private static float[] balanced(DataSet data) {
    int[] rows = new int[data.classes().size()];
    for (int row : data.trainRows()) {
      rows[(int) data.targets()[row]]++;
    }
    float[] weights = new float[rows.length];
    for (int label = 0; label < rows.length; label++) {
      weights[label] = data.trainRows().length / ((float) rows.length * Math.max(1, rows[label]));
    }
    return weights;
  }

  /** The mean loss of a batch to train on; adds to the sums. */
  NDArray trainingLoss(NDArray output, NDArray target) {
    return loss(TRAINING, output, target);
  }

  /** Without label smoothing and class weights, which are means of training. */
  NDArray heldOutLoss(NDArray output, NDArray target) {
    return loss(HELD_OUT, output, target);
  }

  private NDArray loss(String kernel, NDArray output, NDArray target) {
    NDList answer =
        custom == null
            ? kernels.call(kernel, output, target, totals, weights)
            : kernels.call("counted", custom.of(output, target), output, target, totals);
    return answer.head();
  }

  private Shape sums() {
    return new Shape(data.isClassification() ? 2 : 3);
  }

  /** Sets the sums: zeros at an epoch's start, a checkpoint's in the middle of one. */
  void restart(List<Double> values) {
    totals.close();
    totals =
        values.isEmpty()
            ? manager.zeros(sums(), DataType.FLOAT64)
            : manager.create(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  List<Double> totals() {
    return Arrays.stream(totals.toDoubleArray()).boxed().toList();
  }

  /** The metrics of the sums over these rows. */
  Map<String, Double> metrics(String split, int[] rows) {
    List<Double> sums = totals();
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put(split + "_loss", sums.get(0) / rows.length);
    if (data.isClassification()) {
      metrics.put(split + "_accuracy", sums.get(1) / rows.length);
      return metrics;
    }
    double meanSquare = sums.get(2) / rows.length * unit * unit;
    metrics.put(split + "_mae", sums.get(1) / rows.length * unit);
    metrics.put(split + "_rmse", Math.sqrt(meanSquare));
    double variance = variance(rows);
    if (variance > 0 && !split.equals("train")) {
      metrics.put(split + "_r2", 1 - meanSquare / variance);
    }
    return metrics;
  }

  /** Names of the metrics an epoch has, the one to watch by default first. */
  List<String> names(List<Train.Metric> more) {
    List<String> kinds =
        data.isClassification() ? List.of("loss", "accuracy") : List.of("loss", "mae", "rmse");
    List<String> names = new ArrayList<>();
    if (data.validationRows().length > 0) {
      kinds.forEach(kind -> names.add("validation_" + kind));
      if (data.isClassification()) {
        more.forEach(kind -> names.add("validation_" + kind.name().toLowerCase(Locale.ROOT)));
      } else if (variance(data.validationRows()) > 0) {
        names.add("validation_r2");
      }
    }
    kinds.forEach(kind -> names.add("train_" + kind));
    return names;
  }

  private double variance(int[] rows) {
    double mean = 0;
    for (int row : rows) {
      mean += data.targets()[row] / rows.length;
    }
    double squares = 0;
    for (int row : rows) {
      squares += Math.pow(data.targets()[row] - mean, 2) / rows.length;
    }
    return squares;
  }
}
