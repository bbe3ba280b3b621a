package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;

/** The whole data set on the device, from which batches are gathered. */
final class Batches {
  private final NDArray features;
  private final NDArray targets;
  private final boolean scaled;

  /**
   * Copies the data to the manager's device.
   *
   * @param statistics the targets of a regression are standardised by these
   * @param scaled pixels come as 0–1 instead of 0–255
   */
  Batches(NDManager manager, DataSet data, Statistics statistics, boolean scaled) {
    int rows = data.targets().length;
    long[] shape = new long[data.shape().size() + 1];
    shape[0] = rows;
    Arrays.setAll(shape, i -> i == 0 ? rows : data.shape().get(i - 1));
    this.features =
        data.features() instanceof DataSet.Numbers numbers
            ? manager.create(FloatBuffer.wrap(numbers.values()), new Shape(shape), DataType.FLOAT32)
            : manager.create(
                ByteBuffer.wrap(((DataSet.Pixels) data.features()).values()),
                new Shape(shape),
                DataType.UINT8);
    this.targets =
        data.isClassification() ? classes(manager, data) : standardised(manager, data, statistics);
    this.scaled = scaled && data.isImages();
  }

  private static NDArray classes(NDManager manager, DataSet data) {
    long[] classes = new long[data.targets().length];
    Arrays.setAll(classes, row -> (long) data.targets()[row]);
    return manager.create(classes);
  }

  private static NDArray standardised(NDManager manager, DataSet data, Statistics statistics) {
    float[] targets = data.targets().clone();
    for (int row = 0; row < targets.length; row++) {
      targets[row] = (targets[row] - statistics.targetMean()) / statistics.targetDeviation();
    }
    return manager.create(targets);
  }

  NDArray features(NDManager scope, NDArray rows) {
    NDArray batch = features.get(scope, new NDIndex("{}", rows));
    return scaled ? batch.toType(DataType.FLOAT32, false).div(255) : batch;
  }

  NDArray targets(NDManager scope, NDArray rows) {
    return targets.get(scope, new NDIndex("{}", rows));
  }

  /** Row numbers on the device. */
  static NDArray rows(NDManager scope, int[] order, int from, int to) {
    long[] rows = new long[to - from];
    Arrays.setAll(rows, i -> order[from + i]);
    return scope.create(rows);
  }
}
