package nomadml.serving.inference;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import nomadml.serving.ServingFailure;
import nomadml.serving.batch.Network;
import nomadml.serving.batch.NetworkException;
import nomadml.serving.input.ElementType;
import nomadml.serving.input.Tensor;
import org.jspecify.annotations.Nullable;

/** A TorchScript module on a device. Any number of threads may ask it at once. */
public final class TorchNetwork implements Network {
  private final NDManager manager;
  private final PtSymbolBlock module;
  private final Device device;
  private final boolean flat;

  /** What each thread fills anew for each batch: memory outside the heap is dear to allocate. */
  private final ThreadLocal<ByteBuffer> input = ThreadLocal.withInitial(() -> direct(1 << 12));

  /** PyTorch keeps these settings for each thread. */
  private static final ThreadLocal<Boolean> PREPARED =
      ThreadLocal.withInitial(
          () -> {
            JniUtils.setGradMode(false);
            // As in training: a fused operator's last bits may differ.
            JniUtils.setGraphExecutorOptimize(false);
            return true;
          });

  private TorchNetwork(NDManager manager, PtSymbolBlock module, Device device, boolean flat) {
    this.manager = manager;
    this.module = module;
    this.device = device;
    this.flat = flat;
  }

  /**
   * Reads a file onto a device.
   *
   * @param flat whether each row's outputs are one list, whatever shape they have
   */
  public static TorchNetwork load(Path file, Accelerator accelerator, boolean flat) {
    Engine engine = accelerator.engine();
    NDManager manager = engine.newBaseManager(accelerator.device());
    try {
      PREPARED.get();
      PtSymbolBlock module =
          JniUtils.loadModule(
              (PtNDManager) manager, file, false, new String[0], new String[0], true);
      JniUtils.enableInferenceMode(module);
      return new TorchNetwork(manager, module, accelerator.device(), flat);
    } catch (EngineException e) {
      manager.close();
      throw ServingFailure.usage(
          "%s can't be read as TorchScript: %s".formatted(file, firstLine(e)),
          "write it in Python by torch.jit.script(model).save(\"model.pt\"); a state_dict or a pickled model is not enough");
    }
  }

  @Override
  public Tensor forward(List<Tensor> parts) throws NetworkException {
    PREPARED.get();
    Tensor first = parts.get(0);
    int rows = parts.stream().mapToInt(Tensor::rows).sum();
    ByteBuffer data = filled(parts, rows * first.rowBytes());
    Shape shape = new Shape(rows).addAll(new Shape(longs(first.shape())));
    try (NDArray batch = manager.create(data, shape, type(first.type()));
        NDList outputs = IValueUtils.forward(module, new NDList(batch), false)) {
      if (outputs.size() != 1) {
        throw new NetworkException(
            "the network answers %d tensors, and one is served".formatted(outputs.size()));
      }
      return read(outputs.head(), rows);
    } catch (RuntimeException e) { // The engine's own, and whatever it did not foresee.
      throw new NetworkException("the network failed: " + lastLine(e), e);
    }
  }

  private ByteBuffer filled(List<Tensor> parts, int bytes) {
    ByteBuffer buffer = input.get();
    if (buffer.capacity() < bytes) {
      buffer = direct(Integer.highestOneBit(bytes) << 1);
      input.set(buffer);
    }
    buffer.clear();
    for (Tensor part : parts) {
      buffer.put(part.data().duplicate().position(0).limit(part.rows() * part.rowBytes()));
    }
    return buffer.flip();
  }

  private Tensor read(NDArray output, int rows) throws NetworkException {
    Shape shape = output.getShape();
    if (shape.dimension() == 0 || shape.get(0) != rows) {
      throw new NetworkException(
          "the network answers %s to %d rows: one output for each row is needed"
              .formatted(shape, rows));
    }
    ElementType type = type(output.getDataType());
    if (type == null) {
      try (NDArray wide = output.toType(DataType.FLOAT32, false)) {
        return copy(wide, ElementType.FLOAT32, rows);
      }
    }
    return copy(output, type, rows);
  }

  private Tensor copy(NDArray output, ElementType type, int rows) {
    long[] sizes = output.getShape().getShape();
    int[] shape = new int[sizes.length - 1];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = Math.toIntExact(sizes[i + 1]);
    }
    ByteBuffer there = output.toByteBuffer(false);
    ByteBuffer copy = ByteBuffer.allocate(there.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    copy.put(there).flip();
    return new Tensor(type, flat ? new int[] {Tensor.width(shape)} : shape, rows, copy);
  }

  /** Where it computes: {@code cpu} or {@code cuda:0}. */
  @Override
  public String device() {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }

  private static DataType type(ElementType type) {
    return switch (type) {
      case FLOAT32 -> DataType.FLOAT32;
      case FLOAT64 -> DataType.FLOAT64;
      case INT64 -> DataType.INT64;
      case INT32 -> DataType.INT32;
      case INT8 -> DataType.INT8;
      case UINT8 -> DataType.UINT8;
      case BOOL -> DataType.BOOLEAN;
    };
  }

  private static @Nullable ElementType type(DataType type) {
    for (ElementType known : ElementType.values()) {
      if (type(known) == type) {
        return known;
      }
    }
    return null; // Of 16 bits.
  }

  private static long[] longs(int[] shape) {
    long[] longs = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      longs[i] = shape[i];
    }
    return longs;
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  /** What PyTorch says last is the reason; the lines before are where. */
  private static String lastLine(Exception e) {
    return String.valueOf(e.getMessage())
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((before, line) -> line)
        .orElse("");
  }
}
