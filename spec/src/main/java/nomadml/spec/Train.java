package nomadml.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the DJL trainer does. */
public record Train(
    @Field("the data set") Data data,
    @Field("the network") Model model,
    @Field("cross_entropy for classification and mean_squared_error for regression by default")
        @Nullable Loss loss,
    @Field(
            "a loss of your own instead: a TorchScript file whose forward(output, target) answers a scalar, named as train.model.path is")
        @Nullable String lossPath,
    @Field("how weights move") Optimizer optimizer,
    @Field(value = "passes over the training data", fallback = "10", atLeast = 1) int epochs,
    @Field(value = "rows or images a step", fallback = "32", atLeast = 1) int batchSize,
    @Field(
            value =
                "of what convolutions and linear layers compute in while training; weights and losses stay float32",
            fallback = "float32")
        Precision precision,
    @Field("never by default") @Nullable EarlyStopping earlyStopping,
    @Field("how often progress is made safe") Checkpoint checkpoint,
    @Field(value = "of the split, the order and the first weights", fallback = "0") long seed,
    @Field("cuda when there is one by default") @Nullable Device device,
    @Field(
            value = "a metric point every so many steps too; 0 for epochs only",
            fallback = "0",
            atLeast = 0)
        int logEverySteps,
    @Field(
            value = "the part of each target given to the other classes while training",
            fallback = "0",
            atLeast = 0,
            below = 1)
        double labelSmoothing,
    @Field(value = "balanced makes rare classes count as much as frequent ones", fallback = "none")
        ClassWeights classWeights,
    @Field("random changes of the training images; none by default")
        @Nullable Augmentation augmentation,
    @Field("measured on held-out rows beside loss and accuracy") List<Metric> metrics,
    @Field(
            value = "names of metrics that the extensions bring, measured on held-out rows",
            pattern = "[a-z][a-z0-9_]*",
            form = "a name of lower-case letters, digits and _")
        List<String> customMetrics,
    @Field("jars with models, data sets and metrics of your own, relative to the job file")
        List<String> extensions) {

  /** What the network's outputs are held against. */
  public enum Loss {
    CROSS_ENTROPY,
    MEAN_SQUARED_ERROR
  }

  /** What the costly layers compute in while training. */
  public enum Precision {
    FLOAT32,
    /** Half the bits at the same range: for GPUs since Ampere and CPUs with AVX-512 BF16 or AMX. */
    BFLOAT16,
    /** Half the bits at a smaller range, so that the loss is scaled: for GPUs. */
    FLOAT16
  }

  /** How much each class counts in the loss. */
  public enum ClassWeights {
    NONE,
    BALANCED
  }

  /** Metrics of a classification that are computed when asked for. */
  public enum Metric {
    /** The right class is among the five most probable. */
    TOP_5_ACCURACY,
    /** Mean over classes of the harmonic mean of precision and recall. */
    F1,
    /** Area under the ROC curve; the mean of one class against the rest when there are several. */
    AUC
  }

  /** Random changes of the training images, another for each image and step. */
  public record Augmentation(
      @Field(value = "mirror every second image left to right", fallback = "false") boolean flip,
      @Field(
              value = "pixels an image may move in each direction; black comes in",
              fallback = "0",
              atLeast = 0,
              atMost = 64)
          int crop,
      @Field(
              value = "degrees an image may turn in each direction",
              fallback = "0",
              atLeast = 0,
              atMost = 180)
          double rotation) {}

  /** Where the tensors live. */
  public enum Device {
    CPU,
    CUDA
  }

  /** The data set. */
  public record Data(
      @Field(
              "how it is stored: csv (gzip when it ends in .gz), idx (MNIST's format), images (a folder a class), text (a line an example: label, tab, text; gzip too) or custom (an extension reads it)")
          Format format,
      @Field(
              "a file (csv, text), a folder (idx, images) or what the extension reads: relative to the job file, or https://…, s3://bucket/key or runs:/run_id/path")
          String path,
      @Field(
              value =
                  "SHA-256 of the file; of a folder, of what `sha256sum` prints for its files in the order of their paths",
              pattern = "[0-9a-f]{64}",
              form = "64 lower-case hex digits")
          @Nullable String sha256,
      @Field(value = "the column to predict; needed for csv", onlyWith = "format=csv")
          @Nullable String label,
      @Field(
              value = "by default classification when the label column holds integers or words",
              onlyWith = "format=csv")
          @Nullable Task task,
      @Field(value = "columns to use; all but the label by default", onlyWith = "format=csv")
          List<String> features,
      @Field(
              value = "columns of words or numbers that stand for categories; columns of words are",
              onlyWith = "format=csv")
          List<String> categorical,
      @Field(
              value = "categories a column has inputs for; the rest share one",
              fallback = "64",
              atLeast = 2,
              atMost = 4096,
              onlyWith = "format=csv")
          int maxCategories,
      @Field(
              value = "tells the network where a number is missing, by an input of its own",
              fallback = "false",
              onlyWith = "format=csv")
          boolean missingIndicator,
      @Field(value = "the part held back for validation", fallback = "0.2", atLeast = 0, below = 1)
          double validationSplit,
      @Field(
              value = "height and width in pixels after resizing",
              fallback = "32",
              atLeast = 8,
              atMost = 1024,
              onlyWith = "format=images")
          int imageSize,
      @Field(
              value = "the part held back for one look at the very end",
              fallback = "0",
              atLeast = 0,
              below = 1,
              onlyWith = "format=csv|images|text|custom")
          double testSplit,
      @Field(
              value =
                  "pixels are decoded once, or anew each epoch; auto: once when half the heap holds them",
              fallback = "auto",
              onlyWith = "format=images")
          InMemory inMemory,
      @Field(value = "how text becomes numbers", onlyWith = "format=text") Text text,
      @Field(value = "what the extension calls its reader", onlyWith = "format=custom")
          @Nullable String name,
      @Field(value = "what the extension's reader is told", onlyWith = "format=custom")
          Map<String, String> options) {}

  /** Whether decoded pixels stay in memory. */
  public enum InMemory {
    AUTO,
    ALWAYS,
    NEVER
  }

  /** How text becomes numbers. */
  public record Text(
      @Field(
              value =
                  "words: lower-cased words and punctuation, by Unicode's categories; bytes: those of UTF-8",
              fallback = "words")
          Tokens tokens,
      @Field(
              value = "tokens of each text that the network sees; the rest is cut off",
              fallback = "128",
              atLeast = 1,
              atMost = 65536)
          int sequenceLength,
      @Field(
              value =
                  "the most frequent words of the training rows, and two ids for padding and unknown words",
              fallback = "20000",
              atLeast = 3,
              onlyWith = "tokens=words")
          int vocabularySize,
      @Field(
              value = "words that are rarer in the training rows are unknown",
              fallback = "2",
              atLeast = 1,
              onlyWith = "tokens=words")
          int minimumFrequency,
      @Field(
              value = "false keeps the case of letters",
              fallback = "true",
              onlyWith = "tokens=words")
          boolean lowerCase) {}

  /** What a text is cut into. */
  public enum Tokens {
    WORDS,
    BYTES
  }

  /** How the data set is stored. */
  public enum Format {
    CSV,
    IDX,
    IMAGES,
    TEXT,
    CUSTOM;

    /** Whether it is a folder of files. */
    public boolean isFolder() {
      return this == IDX || this == IMAGES;
    }
  }

  /** What is predicted. */
  public enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  /** The network. */
  public record Model(
      @Field("the kind of network") Architecture type,
      @Field(
              value = "the widths of the hidden layers",
              fallback = "[128, 64]",
              atLeast = 1,
              onlyWith = "type=mlp")
          List<Integer> hidden,
      @Field(
              value =
                  "the part of the units left out while training; 0 by default, 0.2 for mobilenet_v2, 0.1 for lstm and transformer",
              atLeast = 0,
              below = 1,
              onlyWith = "type=mlp|lenet|resnet18|resnet34|resnet50|mobilenet_v2|lstm|transformer")
          @Nullable Double dropout,
      @Field(
              value =
                  "the first layers: cifar keeps the size of small images, imagenet quarters it; by the images' size with auto (cifar up to 64 pixels)",
              fallback = "auto",
              onlyWith = "type=resnet18|resnet34|resnet50|mobilenet_v2")
          Stem stem,
      @Field(
              value = "of the embedding and of each layer's states",
              fallback = "128",
              atLeast = 1,
              onlyWith = "type=lstm|transformer")
          int width,
      @Field(
              value = "how many follow each other",
              fallback = "2",
              atLeast = 1,
              atMost = 64,
              onlyWith = "type=lstm|transformer")
          int layers,
      @Field(
              value = "of the attention; width is a multiple of it",
              fallback = "4",
              atLeast = 1,
              onlyWith = "type=transformer")
          int heads,
      @Field(value = "reads backwards too", fallback = "false", onlyWith = "type=lstm")
          boolean bidirectional,
      @Field(
              value = "what is classified: the mean of a text's states, or its last one",
              fallback = "mean",
              onlyWith = "type=lstm")
          Pooling pooling,
      @Field(
              value =
                  "the .pt file: relative to the job file, or https://…, s3://bucket/key, runs:/run_id/path or models:/name/version",
              onlyWith = "type=torchscript")
          @Nullable String path,
      @Field(
              value = "SHA-256 of that file",
              pattern = "[0-9a-f]{64}",
              form = "64 lower-case hex digits",
              onlyWith = "type=torchscript")
          @Nullable String sha256,
      @Field(value = "what the extension calls its model", onlyWith = "type=custom")
          @Nullable String name,
      @Field(value = "what the extension's model is told", onlyWith = "type=custom")
          Map<String, String> options) {}

  /** Networks the trainer builds, or the user's own TorchScript. */
  public enum Architecture {
    MLP,
    LENET,
    RESNET18,
    RESNET34,
    RESNET50,
    MOBILENET_V2,
    LSTM,
    TRANSFORMER,
    TORCHSCRIPT,
    /** Built by an extension. */
    CUSTOM
  }

  /** How a network for images begins. */
  public enum Stem {
    AUTO,
    CIFAR,
    IMAGENET
  }

  /** What of a text's states is classified. */
  public enum Pooling {
    MEAN,
    LAST
  }

  /** How weights move. */
  public record Optimizer(
      @Field(value = "the optimizer", fallback = "adam") Method type,
      @Field(value = "at the start, after warm-up", fallback = "1e-3", above = 0)
          double learningRate,
      @Field(
              value = "of earlier steps",
              fallback = "0",
              atLeast = 0,
              below = 1,
              onlyWith = "type=sgd|rmsprop")
          double momentum,
      @Field(value = "pulls weights to zero", fallback = "0", atLeast = 0) double weightDecay,
      @Field("how the learning rate moves") Schedule schedule,
      @Field(value = "batches whose mean gradient makes one step", fallback = "1", atLeast = 1)
          int accumulate,
      @Field(
              value = "gradients with a larger norm are scaled down to it; 0 for never",
              fallback = "0",
              atLeast = 0)
          double clipNorm) {}

  /** Optimizers. */
  public enum Method {
    SGD,
    ADAM,
    ADAMW,
    RMSPROP,
    ADAGRAD
  }

  /** How the learning rate moves. */
  public record Schedule(
      @Field(value = "its shape", fallback = "constant") Shape type,
      @Field(
              value = "epochs in which the rate rises from zero, before anything else",
              fallback = "0",
              atLeast = 0)
          double warmupEpochs,
      @Field(
              value = "epochs between two steps",
              fallback = "10",
              atLeast = 1,
              onlyWith = "type=step")
          int stepEpochs,
      @Field(
              value = "the rate is multiplied by it at each step",
              fallback = "0.1",
              above = 0,
              atMost = 1,
              onlyWith = "type=step|plateau")
          double factor,
      @Field(
              value = "the rate at the end",
              fallback = "0",
              atLeast = 0,
              onlyWith = "type=cosine|plateau")
          double minimum,
      @Field(
              value =
                  "epochs without a better value (of early_stopping.metric, or the validation loss) before the rate falls",
              fallback = "3",
              atLeast = 1,
              onlyWith = "type=plateau")
          int patience) {}

  /** Shapes of a schedule. */
  public enum Shape {
    CONSTANT,
    STEP,
    COSINE,
    /**
     * Up from a 25th along a cosine in the first 30 % (or the warm-up), then down to almost zero.
     */
    ONE_CYCLE,
    /** Falls when the watched metric does not become better. */
    PLATEAU
  }

  /** Ends the training when the metric has not become better for so many epochs. */
  public record EarlyStopping(
      @Field(
              value = "what must become better",
              fallback = "validation_loss",
              pattern = "(train|validation)_[a-z0-9_]+",
              form = "a metric such as validation_loss")
          String metric,
      @Field(
              value = "epochs without a better value after which the training ends",
              fallback = "5",
              atLeast = 1)
          int patience,
      @Field(value = "a smaller change is none", fallback = "0", atLeast = 0)
          double minimumChange) {}

  /** How often progress is made safe. */
  public record Checkpoint(
      @Field(value = "epochs between two", fallback = "1", atLeast = 1) int everyEpochs,
      @Field(value = "the newest so many, and the best", fallback = "3", atLeast = 1) int keep,
      @Field(
              value = "minutes after which one is made inside an epoch; 0 for never",
              fallback = "0",
              atLeast = 0)
          double everyMinutes,
      @Field(
              "where they are kept away from the node: mlflow, s3://bucket/prefix or the absolute path of a folder that every node sees; what the operator set, else mlflow, by default")
          @Nullable String storage) {}
}
