package nomadml.trainer.training;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import nomadml.trainer.data.Unlabelled;
import nomadml.trainer.export.Preprocessing;

/** What a model folder's network says about new examples, computed on the CPU. */
public final class Prediction {
  private static final int BATCH = 512;

  private final Path modelFolder;
  private final Preprocessing preprocessing;

  public Prediction(Path modelFolder) throws IOException {
    this.modelFolder = modelFolder;
    this.preprocessing = Preprocessing.read(modelFolder);
  }

  public Preprocessing preprocessing() {
    return preprocessing;
  }

  /** Gets each row's outputs in turn. */
  @FunctionalInterface
  public interface Sink {
    void accept(float[] outputs) throws IOException;
  }

  /**
   * Predicts for a CSV file, images, lines of text or a request as {@code mlflow models serve}
   * takes it.
   */
  public void run(Path input, Sink sink) throws IOException {
    Unlabelled examples = read(input);
    Pytorch.start(Pytorch.threads());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Network network = Network.load(manager, modelFolder.resolve("data/model.pth"), false)) {
      network.evaluationMode();
      for (int from = 0; from < examples.rows(); from += BATCH) {
        predict(manager, network, examples, from, Math.min(examples.rows(), from + BATCH), sink);
      }
    } catch (EngineException e) {
      throw Pytorch.failure(e);
    }
  }

  private void predict(
      NDManager manager, Network network, Unlabelled examples, int from, int to, Sink sink)
      throws IOException {
    try (NDManager scope = manager.newSubManager()) {
      NDArray batch = batch(scope, examples, from, to);
      float[] outputs = network.logits(batch).toFloatArray();
      int each = outputs.length / (to - from);
      for (int row = 0; row < to - from; row++) {
        sink.accept(Arrays.copyOfRange(outputs, row * each, (row + 1) * each));
      }
    }
  }

  private Unlabelled read(Path input) throws IOException {
    return switch (preprocessing.input()) {
      case "text" -> Unlabelled.texts(input, preprocessing.readTokenizer());
      case "images" -> Unlabelled.images(input, preprocessing.inputShape());
      default -> Unlabelled.table(input, preprocessing.columns());
    };
  }

  /** As the network got it in the training. */
  private NDArray batch(NDManager scope, Unlabelled examples, int from, int to) {
    long[] example = preprocessing.inputShape().stream().mapToLong(Integer::longValue).toArray();
    Shape shape = new Shape(to - from).addAll(new Shape(example));
    if (examples instanceof Unlabelled.Texts texts) {
      return scope.create(IntBuffer.wrap(texts.ids(from, to)), shape, DataType.INT32);
    }
    float[] values = ((Unlabelled.Numbers) examples).values(from, to);
    if (preprocessing.scale() != 1) {
      for (int i = 0; i < values.length; i++) {
        values[i] /= preprocessing.scale();
      }
    }
    return scope.create(values, shape);
  }
}
