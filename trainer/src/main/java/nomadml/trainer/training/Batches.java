package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
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

  /** Features that are larger as the network sees them stay as they are: bytes. */
  private static final long PREPARED = 256L << 20;

  /** By index_select, many times as fast as indexing by a tensor on a CPU. */
  static final String KERNELS =
      """
      def gather(self: __torch__.M,
          features: Tensor,
          targets: Tensor,
          rows: Tensor) -> List[Tensor]:
        return [torch.index_select(features, 0, rows), torch.index_select(targets, 0, rows)]
      def put(self: __torch__.M,
          features: Tensor,
          rows: Tensor,
          part: Tensor) -> Tensor:
        return torch.index_copy_(features, 0, rows, part)
      """;

  private final NDManager manager;
  private final Kernels kernels;
  private final NDArray targets;
  private final @Nullable ImageStream stream;
  private final Shape example;
  private final boolean scaled;
  private NDArray features;
  private boolean prepared;
  private int[] order = {};
  private @Nullable PtNDArray orderOnDevice;

  /**
   * Copies the data to the manager's device.
   *
   * @param kernels with {@link #KERNELS}
   * @param statistics the targets of a regression are standardised by these
   * @param scaled pixels come as 0–1 instead of 0–255
   */
  Batches(NDManager manager, Kernels kernels, DataSet data, Statistics statistics, boolean scaled)
      throws IOException {
    this.manager = manager;
    this.kernels = kernels;
    this.scaled = scaled && data.isImages();
    this.example = new Shape(data.shape().stream().mapToLong(Integer::longValue).toArray());
    if (data.features() instanceof ImageFiles files) {
      this.stream = new ImageStream(files, decoders(manager.getDevice().isGpu()));
      this.features = manager.zeros(new Shape(data.targets().length, 0), DataType.UINT8);
    } else {
      this.stream = null;
      this.features = resident(manager, data, new Shape(data.targets().length).addAll(example));
    }
    this.targets =
        data.isClassification() ? classes(manager, data) : standardised(manager, data, statistics);
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
   * Some rows of the data.
   *
   * @param prepared the features are as the network's layers take them
   */
  record Batch(NDArray features, NDArray targets, boolean prepared) {
    Batch changed(Augmentation augmentation) {
      return new Batch(augmentation.apply(features), targets, prepared);
    }
  }

  /**
   * Lets the network prepare what is on the device once instead of in each step, unless that is
   * large.
   */
  void prepare(Network network) {
    if (stream != null) {
      return;
    }
    int rows = (int) targets.size();
    int[] all = new int[rows];
    Arrays.setAll(all, row -> row);
    follow(all, 0, EVALUATION);
    NDArray ready;
    try (NDManager scope = manager.newSubManager()) {
      NDArray first = network.input(next(scope, 0, 1).features());
      if (first.size() * Float.BYTES * rows > PREPARED) {
        return;
      }
      ready =
          manager.create(new Shape(rows).addAll(first.getShape().slice(1)), first.getDataType());
    }
    for (int from = 0; from < rows; from += EVALUATION) {
      int to = Math.min(rows, from + EVALUATION);
      try (NDManager scope = manager.newSubManager()) {
        NDArray part = network.input(next(scope, from, to).features());
        kernels.call("put", ready, rows(scope, from, to), part).close();
      }
    }
    features.close();
    features = ready;
    prepared = true;
  }

  /**
   * Says in which order rows will be asked for, so that decoding runs ahead.
   *
   * @param from the first row
   */
  void follow(int[] order, int from, int batchSize) {
    this.order = order;
    long[] rows = new long[order.length];
    Arrays.setAll(rows, i -> order[i]);
    if (orderOnDevice != null) {
      orderOnDevice.close();
    }
    orderOnDevice = (PtNDArray) manager.create(rows);
    if (stream != null) {
      stream.follow(order, from, batchSize);
    }
  }

  /** Rows of an evaluation batch: more than are trained on at once only when they are there. */
  int evaluationSize(int batchSize) {
    return stream == null ? EVALUATION : batchSize;
  }

  /** The rows from one to before another in the order that is followed. */
  Batch next(NDManager scope, int from, int to) {
    NDList found = kernels.call("gather", features, targets, rows(scope, from, to));
    found.attach(scope);
    NDArray chosen = stream == null ? found.get(0) : decoded(stream, scope, from, to);
    return new Batch(
        scaled ? chosen.toType(DataType.FLOAT32, false).div(255) : chosen, found.get(1), prepared);
  }

  private NDArray rows(NDManager scope, int from, int to) {
    PtNDArray all = Objects.requireNonNull(orderOnDevice, "no order is followed");
    NDArray rows = JniUtils.slice(all, 0, from, to, 1);
    rows.attach(scope);
    return rows;
  }

  private NDArray decoded(ImageStream stream, NDManager scope, int from, int to) {
    ByteBuffer pixels = stream.next(Arrays.copyOfRange(order, from, to));
    return scope.create(pixels, new Shape(to - from).addAll(example), DataType.UINT8);
  }

  @Override
  public void close() {
    if (stream != null) {
      stream.close();
    }
  }
}
