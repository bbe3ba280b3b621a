package nomadml.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What fields must be together. */
final class JobFileRules {
  private static final Set<Train.Architecture> CONVOLUTIONAL =
      Set.of(
          Train.Architecture.LENET,
          Train.Architecture.RESNET18,
          Train.Architecture.RESNET34,
          Train.Architecture.RESNET50,
          Train.Architecture.MOBILENET_V2);

  private static final Set<Train.Architecture> SEQUENTIAL =
      Set.of(Train.Architecture.LSTM, Train.Architecture.TRANSFORMER);

  private static final List<String> METRICS =
      List.of(
          "train_loss",
          "train_accuracy",
          "train_mae",
          "train_rmse",
          "validation_loss",
          "validation_accuracy",
          "validation_top_5_accuracy",
          "validation_f1",
          "validation_auc",
          "validation_mae",
          "validation_rmse",
          "validation_r2");

  private final Problems problems;
  private final RecordReader read;
  private final Position start;
  private final @Nullable Path folder;

  /**
   * @param start of the whole file
   * @param folder of the job file; null leaves unchecked that inputs are there
   */
  JobFileRules(Problems problems, RecordReader read, Position start, @Nullable Path folder) {
    this.problems = problems;
    this.read = read;
    this.start = start;
    this.folder = folder;
  }

  void check() {
    eitherTrainOrCommand();
    data();
    model();
    training();
    extensions();
    environment();
    schedule();
    if (given("image") && given("driver") && !is("driver", JobFile.Driver.DOCKER)) {
      problem("image", "is only for driver docker");
    }
    source("train.data.path");
    source("train.model.path");
    source("train.loss_path");
    storage();
    for (int i = 0; given("train.extensions[" + i + "]"); i++) {
      localFile("train.extensions[" + i + "]");
    }
    for (int i = 0; given("inputs[" + i + "]"); i++) {
      localFile("inputs[" + i + "]");
    }
  }

  private void eitherTrainOrCommand() {
    if (given("train") && given("command")) {
      problem("command", "can't be given beside train", "give one of the two");
    } else if (!given("train") && !given("command")) {
      problems.add(start, "train is missing", "give train, or command for a program of your own");
    } else if (given("command") && List.of().equals(read.value("command"))) {
      problem("command", "must have at least one word", "such as [python3, train.py]");
    }
  }

  private void data() {
    if (is("train.data.format", Train.Format.CSV) && !given("train.data.label")) {
      missing("train.data", "label", "csv needs the name of the column to predict");
    }
    if (read.value("train.data.features") instanceof List<?> features
        && read.value("train.data.label") instanceof String label
        && features.contains(label)) {
      problem("train.data.features", "must not hold the label");
    }
    if (read.value("train.data.categorical") instanceof List<?> categorical) {
      if (read.value("train.data.label") instanceof String label && categorical.contains(label)) {
        problem("train.data.categorical", "must not hold the label", "set train.data.task");
      }
      if (read.value("train.data.features") instanceof List<?> features
          && !features.isEmpty()
          && !features.containsAll(categorical)) {
        problem("train.data.categorical", "must only hold columns of train.data.features");
      }
    }
    if (is("train.data.task", Train.Task.REGRESSION)
        && is("train.loss", Train.Loss.CROSS_ENTROPY)) {
      problem("train.loss", "can't be cross_entropy for a regression", "use mean_squared_error");
    }
  }

  private void model() {
    if (is("train.model.type", Train.Architecture.TORCHSCRIPT) && !given("train.model.path")) {
      missing("train.model", "path", "torchscript needs the .pt file");
    }
    if (is("train.model.type", Train.Architecture.TORCHSCRIPT)
        && given("train.precision")
        && !is("train.precision", Train.Precision.FLOAT32)) {
      problem(
          "train.precision",
          "is the module's own business with torchscript",
          "remove it, and use torch.autocast in the module's forward");
    }
    if (read.value("train.model.type") instanceof Train.Architecture type
        && read.value("train.data.format") instanceof Train.Format format) {
      modelReadsData(type, format);
    }
    double heads = number("train.model.heads");
    if (is("train.model.type", Train.Architecture.TRANSFORMER)
        && heads > 0
        && number("train.model.width") % heads != 0) {
      problem("train.model.width", "must be a multiple of heads");
    }
  }

  private void modelReadsData(Train.Architecture type, Train.Format format) {
    if (format == Train.Format.CUSTOM) {
      return; // What it holds shows when it is read.
    }
    boolean text = format == Train.Format.TEXT;
    boolean images = format == Train.Format.IDX || format == Train.Format.IMAGES;
    if (CONVOLUTIONAL.contains(type) && !images) {
      problem(
          "train.model.type",
          "needs images or idx data, not " + Words.of(format),
          text ? "use lstm or transformer" : "use mlp for csv");
    } else if (SEQUENTIAL.contains(type) && !text) {
      problem("train.model.type", "needs text data, not " + Words.of(format));
    } else if (type == Train.Architecture.MLP && text) {
      problem("train.model.type", "can't read text", "use lstm or transformer");
    }
  }

  private void extensions() {
    boolean model = is("train.model.type", Train.Architecture.CUSTOM);
    boolean data = is("train.data.format", Train.Format.CUSTOM);
    if (model && !given("train.model.name")) {
      missing("train.model", "name", "what the extension calls its model");
    }
    if (data && !given("train.data.name")) {
      missing("train.data", "name", "what the extension calls its reader");
    }
    if ((model || data || given("train.custom_metrics[0]")) && !given("train.extensions[0]")) {
      missing("train", "extensions", "list the jar that brings it, such as [target/mine.jar]");
    }
  }

  private void loss() {
    if (!given("train.loss_path")) {
      return;
    }
    for (String field : List.of("train.loss", "train.label_smoothing", "train.class_weights")) {
      if (given(field)) {
        problem(field, "can't be given beside train.loss_path", "remove one of the two");
      }
    }
  }

  private void watched() {
    if (read.value("train.early_stopping.metric") instanceof String metric
        && !METRICS.contains(metric)
        && !(read.value("train.custom_metrics") instanceof List<?> custom
            && metric.startsWith("validation_")
            && custom.contains(metric.substring("validation_".length())))) {
      problem(
          "train.early_stopping.metric",
          "is no metric: " + metric,
          Words.nearest(metric, METRICS)
              .map(word -> "did you mean " + word + "?")
              .orElse(
                  "one of "
                      + String.join(", ", METRICS)
                      + ", or validation_ and a name of train.custom_metrics"));
    }
  }

  private void training() {
    loss();
    watched();
    if (read.value("train.early_stopping.metric") instanceof String metric
        && metric.endsWith("accuracy")
        && is("train.data.task", Train.Task.REGRESSION)) {
      problem("train.early_stopping", "watches " + metric + ", which a regression has not");
    }
    if (read.value("train.early_stopping.metric") instanceof String metric
        && metric.startsWith("validation")
        && Double.valueOf(0).equals(read.value("train.data.validation_split"))) {
      problem(
          "train.early_stopping",
          "watches " + metric + ", but train.data.validation_split is 0",
          "use metric: train_loss");
    }
    evaluation();
    double warmup = number("train.optimizer.schedule.warmup_epochs");
    if (given("train.epochs") && warmup > number("train.epochs")) {
      problem("train.optimizer.schedule.warmup_epochs", "must be at most train.epochs");
    }
    if (number("train.optimizer.schedule.minimum") > number("train.optimizer.learning_rate")) {
      problem("train.optimizer.schedule.minimum", "must be at most learning_rate");
    }
  }

  private void evaluation() {
    if (number("train.data.validation_split") + number("train.data.test_split") >= 1) {
      problem(
          "train.data.test_split", "and validation_split together leave no row to train on", null);
    }
    if (is("train.data.task", Train.Task.REGRESSION)) {
      for (String field :
          List.of("train.label_smoothing", "train.class_weights", "train.metrics")) {
        if (given(field)) {
          problem(field, "is only for a classification, and train.data.task is regression");
        }
      }
    }
    if (given("train.augmentation") && is("train.data.format", Train.Format.CSV)) {
      problem("train.augmentation", "changes images, and the data set is csv");
    }
  }

  private void schedule() {
    if (given("schedule.cron") && read.value("schedule.cron") instanceof String cron) {
      Cron.fault(cron)
          .ifPresent(
              fault ->
                  problem(
                      "schedule.cron",
                      "must be " + fault,
                      "such as \"0 3 * * *\": daily at three"));
    }
    if (given("schedule.time_zone")
        && read.value("schedule.time_zone") instanceof String zone
        && !ZoneId.getAvailableZoneIds().contains(zone)) {
      problem("schedule.time_zone", "is no time zone: " + zone, "such as UTC or Europe/Berlin");
    }
  }

  private void environment() {
    for (String block : List.of("env", "secrets")) {
      if (read.value(block) instanceof Map<?, ?> variables) {
        variables.keySet().forEach(name -> variable(block, (String) name));
      }
    }
  }

  private void variable(String block, String name) {
    String path = block + "." + name;
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      problem(path, "is no name of an environment variable", "letters, digits and _ only");
    } else if (isOurs(name)) {
      problem(path, "is set for the task by itself", "choose another name");
    } else if (block.equals("secrets") && given("env." + name)) {
      problem(path, "is given in env too");
    }
  }

  /** A local file, or a place that the node can read from. */
  private void source(String path) {
    if (!given(path) || !(read.value(path) instanceof String text) || !Location.isRemote(text)) {
      localFile(path);
      return;
    }
    try {
      Location location = Location.parse(text);
      boolean data = path.equals("train.data.path");
      if (data && location instanceof Location.RegisteredModel) {
        problem(path, "names a model, not data", "name its run instead: runs:/run_id/path");
      } else if (data
          && location instanceof Location.Web
          && given("train.data.format")
          && !is("train.data.format", Train.Format.CSV)
          && !is("train.data.format", Train.Format.TEXT)) {
        problem(path, "names one file, and this format reads a folder", "use s3://bucket/prefix");
      }
    } catch (IllegalArgumentException e) {
      problem(path, "can't be used: " + e.getMessage());
    }
  }

  private void storage() {
    String path = "train.checkpoint.storage";
    if (given(path) && read.value(path) instanceof String text) {
      try {
        CheckpointPlace.parse(text);
      } catch (IllegalArgumentException e) {
        problem(path, "must be " + CheckpointPlace.FORM);
      }
    }
  }

  /** The Pushgateway is the user's choice, as MLflow's address is. */
  private static boolean isOurs(String variable) {
    return variable.equals(Environment.MLFLOW_RUN_ID)
        || (variable.startsWith("NOMAD_") && !variable.equals(Environment.PUSHGATEWAY));
  }

  private void localFile(String path) {
    if (!given(path) || !(read.value(path) instanceof String text)) {
      return;
    }
    Path file = Path.of(text);
    if (file.isAbsolute() || file.normalize().startsWith("..")) {
      problem(path, "must lie below the job file's folder, not " + text, "move or link it there");
    } else if (folder != null && Files.notExists(folder.resolve(file))) {
      problem(path, "there is no " + folder.resolve(file), besides(folder.resolve(file)));
    }
  }

  /** What stands where something is missing, that may be meant. */
  private static String besides(Path missing) {
    String usual = "make it first, or correct the path: it is relative to the job file";
    Path folder = missing.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return usual;
    }
    try (Stream<Path> found = Files.list(folder)) {
      List<String> names = found.limit(1000).map(path -> path.getFileName().toString()).toList();
      return Words.nearest(missing.getFileName().toString(), names)
          .map(word -> "did you mean " + word + "?")
          .orElse(usual);
    } catch (IOException | UncheckedIOException e) {
      return usual; // The message needs no reading of the folder.
    }
  }

  private boolean given(String path) {
    return read.given(path) != null;
  }

  private boolean is(String path, Object value) {
    return value.equals(read.value(path));
  }

  private double number(String path) {
    return read.value(path) instanceof Number number ? number.doubleValue() : 0;
  }

  private void missing(String block, String name, String hint) {
    Position position = Objects.requireNonNullElse(read.given(block), start);
    problems.add(position, block + "." + name + " is missing", hint);
  }

  private void problem(String path, String message) {
    problem(path, message, null);
  }

  private void problem(String path, String message, @Nullable String hint) {
    Position position = Objects.requireNonNullElse(read.given(path), start);
    problems.add(position, path + " " + message, hint);
  }
}
