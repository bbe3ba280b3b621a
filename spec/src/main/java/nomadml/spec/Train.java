package nomadml.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the DJL trainer does.
 *
 * @param loss null takes cross-entropy for classification and mean squared error for regression
 * @param device null chooses CUDA when there is one
 * @param logEverySteps a metric point every so many steps too; 0 for epochs only
 */
public record Train(
    Data data,
    Model model,
    @Nullable Loss loss,
    Optimizer optimizer,
    int epochs,
    int batchSize,
    @Nullable EarlyStopping earlyStopping,
    Checkpoint checkpoint,
    long seed,
    @Nullable Device device,
    int logEverySteps) {

  /** What the network's outputs are held against. */
  public enum Loss {
    CROSS_ENTROPY,
    MEAN_SQUARED_ERROR
  }

  /** Where the tensors live. */
  public enum Device {
    CPU,
    CUDA
  }

  /**
   * The data set.
   *
   * @param path a file (csv; gzip when it ends in .gz), a folder (idx, images), relative to the job
   *     file
   * @param label csv only: the column to predict
   * @param task csv only: null decides by the label column (integers or words: classification)
   * @param features csv only: columns to use; empty takes all but the label
   * @param imageSize images only: height and width in pixels after resizing
   */
  public record Data(
      Format format,
      String path,
      @Nullable String label,
      @Nullable Task task,
      List<String> features,
      double validationSplit,
      int imageSize) {}

  /** How the data set is stored. */
  public enum Format {
    CSV,
    IDX,
    IMAGES
  }

  /** What is predicted. */
  public enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  /**
   * The network.
   *
   * @param hidden mlp only: the widths of the hidden layers
   * @param path torchscript only: the {@code .pt} file, relative to the job file
   */
  public record Model(
      Architecture type, List<Integer> hidden, double dropout, @Nullable String path) {}

  /** Networks the trainer builds, or the user's own TorchScript. */
  public enum Architecture {
    MLP,
    LENET,
    RESNET18,
    TORCHSCRIPT
  }

  /** How weights move. */
  public record Optimizer(
      Method type, double learningRate, double momentum, double weightDecay, Schedule schedule) {}

  /** Optimizers. */
  public enum Method {
    SGD,
    ADAM,
    ADAMW
  }

  /**
   * How the learning rate moves.
   *
   * @param stepEpochs step only: multiply by {@code factor} every so many epochs
   * @param minimum cosine only: the rate at the end
   * @param warmupEpochs linear from zero, before anything else
   */
  public record Schedule(
      Shape type, double warmupEpochs, int stepEpochs, double factor, double minimum) {}

  /** Shapes of a schedule. */
  public enum Shape {
    CONSTANT,
    STEP,
    COSINE
  }

  /** Ends the training when the metric has not become better for so many epochs. */
  public record EarlyStopping(String metric, int patience, double minimumChange) {}

  /**
   * How often progress is made safe.
   *
   * @param keep the newest so many, and the best
   */
  public record Checkpoint(int everyEpochs, int keep) {}
}
