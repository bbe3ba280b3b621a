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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;

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
          totals: Tensor) -> Tensor:
        loss = torch.cross_entropy_loss(output, target, None, 1, -100, 0.)
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
          totals: Tensor) -> Tensor:
        difference = torch.sub(torch.reshape(output, [-1]), target)
        loss = torch.mean(torch.mul(difference, difference))
        error = torch.to(torch.detach(difference), 7)
        torch.add_(totals, torch.stack([torch.sum(torch.mul(error, error)), torch.sum(torch.abs(error))]))
        return loss
      """;

  private final PtSymbolBlock script;
  private final DataSet data;
  private final double unit;
  private final double validationVariance;
  private final NDManager manager;
  private NDArray totals;

  /**
   * @param statistics whose target deviation one unit of the loss stands for
   */
  Objective(NDManager manager, DataSet data, Statistics statistics) throws IOException {
    this.manager = manager;
    this.script =
        TorchScript.compile(manager, data.isClassification() ? CROSS_ENTROPY : SQUARED_ERROR);
    this.data = data;
    this.unit = statistics.targetDeviation();
    this.validationVariance = data.isClassification() ? 0 : variance(data, data.validationRows());
    this.totals = manager.zeros(new Shape(2), DataType.FLOAT64);
  }

  /** The mean loss of the batch; adds to the sums. */
  NDArray loss(NDArray output, NDArray target) {
    return IValueUtils.forward(script, new NDList(output, target, totals), true).head();
  }

  /** Sets the sums: zeros at an epoch's start, a checkpoint's in the middle of one. */
  void restart(List<Double> values) {
    totals.close();
    totals =
        values.isEmpty()
            ? manager.zeros(new Shape(2), DataType.FLOAT64)
            : manager.create(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  List<Double> totals() {
    double[] values = totals.toDoubleArray();
    return List.of(values[0], values[1]);
  }

  Map<String, Double> trainMetrics() {
    return metrics("train", data.trainRows().length);
  }

  Map<String, Double> validationMetrics() {
    Map<String, Double> metrics = metrics("validation", data.validationRows().length);
    if (validationVariance > 0) {
      double meanSquare = totals().get(0) / data.validationRows().length * unit * unit;
      metrics.put("validation_r2", 1 - meanSquare / validationVariance);
    }
    return metrics;
  }

  /** Names of the metrics an epoch has. */
  List<String> names() {
    List<String> kinds =
        data.isClassification() ? List.of("loss", "accuracy") : List.of("loss", "mae", "rmse");
    List<String> names = new ArrayList<>();
    if (data.validationRows().length > 0) {
      kinds.forEach(kind -> names.add("validation_" + kind));
      if (validationVariance > 0) {
        names.add("validation_r2");
      }
    }
    kinds.forEach(kind -> names.add("train_" + kind));
    return names;
  }

  private Map<String, Double> metrics(String split, int rows) {
    List<Double> sums = totals();
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put(split + "_loss", sums.get(0) / rows);
    if (data.isClassification()) {
      metrics.put(split + "_accuracy", sums.get(1) / rows);
    } else {
      metrics.put(split + "_mae", sums.get(1) / rows * unit);
      metrics.put(split + "_rmse", Math.sqrt(sums.get(0) / rows) * unit);
    }
    return metrics;
  }

  private static double variance(DataSet data, int[] rows) {
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
