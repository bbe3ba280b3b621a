package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.IOException;
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
  private static final String CROSS_ENTROPY =
      """
      def forward(self: __torch__.M,
          output: Tensor,
          target: Tensor,
          totals: Tensor,
          weights: Tensor) -> Tensor:
        loss = torch.cross_entropy_loss(output, target, %s, 1, -100, %s)
        correct = torch.sum(torch.eq(torch.argmax(output, 1), target))
        sum = torch.mul(torch.to(torch.detach(loss), 7), torch.size(target, 0))
        torch.add_(totals, torch.stack([sum, torch.to(correct, 7)]))
        return loss
      """;
  private static final String SQUARED_ERROR =
      """
      def forward(self: __torch__.M,
          output: Tensor,
          target: Tensor,
          totals: Tensor,
          weights: Tensor) -> Tensor:
        difference = torch.sub(torch.reshape(output, [-1]), target)
        loss = torch.mean(torch.mul(difference, difference))
        error = torch.to(torch.detach(difference), 7)
        torch.add_(totals, torch.stack([torch.sum(torch.mul(error, error)), torch.sum(torch.abs(error))]))
        return loss
      """;

  private final PtSymbolBlock training;
  private final PtSymbolBlock heldOut;
  private final @Nullable CustomLoss custom;
  private final NDArray weights;
  private final DataSet data;
  private final double unit;
  private final NDManager manager;
  private NDArray totals;

  /**
   * @param statistics whose target deviation one unit of the loss stands for
   * @param custom the user's own loss, for training and for held-out rows
   */
  Objective(
      NDManager manager,
      DataSet data,
      Statistics statistics,
      Train job,
      @Nullable CustomLoss custom)
      throws IOException {
    this.custom = custom;
    this.manager = manager;
    this.data = data;
    this.unit = statistics.targetDeviation();
    boolean weighted = job.classWeights() == Train.ClassWeights.BALANCED;
    String plain = data.isClassification() ? CROSS_ENTROPY.formatted("None", 0.) : SQUARED_ERROR;
    boolean differs = data.isClassification() && (weighted || job.labelSmoothing() > 0);
    this.heldOut = TorchScript.compile(manager, plain);
    this.training =
        differs
            ? TorchScript.compile(
                manager,
                CROSS_ENTROPY.formatted(weighted ? "weights" : "None", job.labelSmoothing()))
            : heldOut;
    this.weights = manager.create(weighted ? balanced(data) : new float[0]);
    this.totals = manager.zeros(sums(), DataType.FLOAT64);
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
    return loss(training, output, target);
  }

  /** Without label smoothing and class weights, which are means of training. */
  NDArray heldOutLoss(NDArray output, NDArray target) {
    return loss(heldOut, output, target);
  }

  private NDArray loss(PtSymbolBlock script, NDArray output, NDArray target) {
    if (custom != null) {
      return custom.of(output, target, totals);
    }
    return IValueUtils.forward(script, new NDList(output, target, totals, weights), true).head();
  }

  /** The user's loss beside the squared error, which is the loss otherwise. */
  private Shape sums() {
    return new Shape(custom == null ? 2 : 3);
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
    double meanSquare = sums.get(sums.size() == 3 ? 2 : 0) / rows.length * unit * unit;
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
