package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Objects;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.ImageFiles;
import nomadml.trainer.data.ImageStream;
import nomadml.trainer.data.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * The whole data set on the device, from which batches are gathered; of images that do not fit, a
 * stream of decoded ones.
 */
final class Batches implements AutoCloseable {
  private static final int EVALUATION = 512;

  private final @Nullable NDArray features;
  private final @Nullable ImageStream stream;
  private final Shape example;
  private final NDArray targets;
  private final boolean scaled;

  /**
   * Copies the data to the manager's device.
   *
   * @param statistics the targets of a regression are standardised by these
   * @param scaled pixels come as 0–1 instead of 0–255
   */
  Batches(NDManager manager, DataSet data, Statistics statistics, boolean scaled) {
    this.example = new Shape(data.shape().stream().mapToLong(Integer::longValue).toArray());
    if (data.features() instanceof ImageFiles files) {
      this.features = null;
      this.stream = new ImageStream(files, decoders(manager.getDevice().isGpu()));
    } else {
      this.features = resident(manager, data, new Shape(data.targets().length).addAll(example));
      this.stream = null;
    }
    this.targets =
        data.isClassification() ? classes(manager, data) : standardised(manager, data, statistics);
    this.scaled = scaled && data.isImages();
  }

  /** Steps on the CPU need processors too. */
  private static int decoders(boolean gpu) {
    int processors = Runtime.getRuntime().availableProcessors();
    return gpu ? processors : Math.max(1, processors / 2);
  }

  private static NDArray resident(NDManager manager, DataSet data, Shape shape) {
    if (data.features() instanceof DataSet.Tokens tokens) {
      return manager.create(IntBuffer.wrap(tokens.ids()), shape, DataType.INT32);
    }
    return data.features() instanceof DataSet.Numbers numbers
        ? manager.create(FloatBuffer.wrap(numbers.values()), shape, DataType.FLOAT32)
        : manager.create(
            ByteBuffer.wrap(((DataSet.Pixels) data.features()).values()), shape, DataType.UINT8);
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

  /**
   * Says in which order features will be asked for, so that decoding runs ahead.
   *
   * @param from the first row
   */
  void follow(int[] order, int from, int batchSize) {
    if (stream != null) {
      stream.follow(order, from, batchSize);
    }
  }

  /** Rows of an evaluation batch: more than are trained on at once only when they are there. */
  int evaluationSize(int batchSize) {
    return stream == null ? EVALUATION : batchSize;
  }

  NDArray features(NDManager scope, Rows rows) {
    NDArray batch;
    if (stream == null) {
      batch = Objects.requireNonNull(features).get(scope, new NDIndex("{}", rows.onDevice()));
    } else {
      Shape shape = new Shape(rows.numbers().length).addAll(example);
      batch = scope.create(stream.next(rows.numbers()), shape, DataType.UINT8);
    }
    return scaled ? batch.toType(DataType.FLOAT32, false).div(255) : batch;
  }

  NDArray targets(NDManager scope, Rows rows) {
    return targets.get(scope, new NDIndex("{}", rows.onDevice()));
  }

  /** The rows of one batch. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Rows(int[] numbers, NDArray onDevice) {}

  static Rows rows(NDManager scope, int[] order, int from, int to) {
    int[] numbers = Arrays.copyOfRange(order, from, to);
    long[] rows = new long[numbers.length];
    Arrays.setAll(rows, i -> numbers[i]);
    return new Rows(numbers, scope.create(rows));
  }

  @Override
  public void close() {
    if (stream != null) {
      stream.close();
    }
  }
}
