package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import nomadml.spec.FailureCause;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingTest {
  private static final Map<Train.Method, Double> RATES =
      Map.of(Train.Method.SGD, 0.05, Train.Method.ADAGRAD, 0.02, Train.Method.RMSPROP, 2e-4);

  @TempDir private Path folder;

  @Test
  void learnsTheDigits() throws IOException {
    Trained digits = Trained.run(Jobs.digits(), Jobs.EXAMPLES, folder);
    assertThat(digits.outcome()).isEqualTo(Training.Outcome.FINISHED);
    assertThat(digits.end("validation_accuracy")).isGreaterThan(0.96);
    assertThat(digits.of(Progress.Kind.EPOCH)).hasSize(20);
    Map<String, String> facts =
        Objects.requireNonNull(digits.of(Progress.Kind.STARTED).get(0).facts());
    assertThat(facts)
        .containsEntry("device", "cpu")
        .containsEntry("parameters", "17226")
        .containsEntry("train_rows", "1438")
        .containsKeys(
            "threads", "data_sha256", "data_schema", "classes", "djl_version", "pytorch_version");
  }

  @ParameterizedTest
  @EnumSource(Train.Method.class)
  void learnsWithEachOptimizer(Train.Method method) throws IOException {
    Jobs job =
        Jobs.digits()
            .set(
                "optimizer.type=" + method.name().toLowerCase(Locale.ROOT),
                "optimizer.learning_rate=" + RATES.getOrDefault(method, 1e-3),
                "optimizer.momentum=0.9",
                "optimizer.weight_decay=1e-4",
                "epochs=6");
    Trained digits = Trained.run(job, Jobs.EXAMPLES, folder);
    assertThat(digits.end("validation_accuracy")).isGreaterThan(0.93);
  }

  @Test
  void learnsARegressionInTheUnitsOfItsTarget() throws IOException {
    Jobs diabetes =
        Jobs.digits()
            .set(
                "data.path=data/diabetes.csv",
                "data.label=progression",
                "data.task=regression",
                "model.hidden=[16]");
    Trained trained = Trained.run(diabetes, Jobs.EXAMPLES, folder);
    assertThat(trained.end("validation_r2")).isGreaterThan(0.3);
    assertThat(trained.end("validation_mae")).isBetween(30.0, 60.0);
    assertThat(trained.end("validation_rmse")).isGreaterThan(trained.end("validation_mae"));
  }

  @Test
  void learnsImagesWithLenet() throws IOException {
    RealImages.idx(folder.resolve("digits"), 1000);
    Jobs lenet =
        Jobs.digits()
            .set(Jobs.images(Train.Format.IDX, "digits"))
            .set("model.type=lenet", "epochs=12");
    assertThat(Trained.run(lenet, folder, folder).end("validation_accuracy")).isGreaterThan(0.9);
  }

  @Test
  void trainsResnet18() throws IOException {
    RealImages.folders(folder.resolve("digits"), 64);
    Jobs resnet =
        Jobs.digits()
            .set(Jobs.images(Train.Format.IMAGES, "digits"))
            .set(
                "data.validation_split=0", "data.image_size=16", "model.type=resnet18", "epochs=2");
    Trained trained = Trained.run(resnet, folder, folder);
    assertThat(Objects.requireNonNull(trained.of(Progress.Kind.STARTED).get(0).facts()))
        .containsEntry("parameters", "11173962");
    List<Map<String, Double>> epochs = trained.losses();
    assertThat(epochs.get(1).get("train_loss")).isLessThan(epochs.get(0).get("train_loss"));
  }

  @Test
  void stopsEarlyAndKeepsTheBestEpoch() throws IOException {
    Jobs job =
        Jobs.digits()
            .set("early_stopping.metric=validation_accuracy", "early_stopping.patience=2")
            .set("optimizer.learning_rate=0.01", "epochs=60");
    Trained trained = Trained.run(job, Jobs.EXAMPLES, folder);
    List<Progress> epochs = trained.of(Progress.Kind.EPOCH);
    Progress end = trained.of(Progress.Kind.FINISHED).get(0);
    assertThat(epochs.size()).isLessThan(60);
    assertThat(end.epoch()).isEqualTo(epochs.size() - 2);
  }

  @Test
  void stopsEarlyBeforeTheFirstCheckpointIsDue() throws IOException {
    Jobs job =
        Jobs.digits()
            .set("early_stopping.metric=validation_loss", "early_stopping.patience=1")
            .set("early_stopping.minimum_change=100", "checkpoint.every_epochs=50");
    Trained trained = Trained.run(job, Jobs.EXAMPLES, folder);
    assertThat(trained.of(Progress.Kind.EPOCH)).hasSize(2);
    assertThat(trained.of(Progress.Kind.FINISHED).get(0).epoch()).isEqualTo(2);
  }

  @Test
  void saysAtWhichStepTheLossIsNotANumber() {
    TrainingFailure failure =
        failure(Jobs.digits().set("optimizer.type=sgd", "optimizer.learning_rate=1e20"));
    assertThat(failure.failureCause()).isEqualTo(FailureCause.NAN_LOSS);
    assertThat(failure).hasMessageContaining("at step");
    assertThat(failure.hint()).contains("learning_rate");
  }

  @Test
  void suggestsTheMetricThatWasMeant() {
    TrainingFailure failure =
        failure(Jobs.digits().set("early_stopping.metric=validation_acuracy"));
    assertThat(failure.failureCause()).isEqualTo(FailureCause.USER_ERROR);
    assertThat(failure.hint()).isEqualTo("did you mean \"validation_accuracy\"?");
  }

  @Test
  void refusesAnImageNetworkForColumns() {
    TrainingFailure failure = failure(Jobs.digits().set("model.type=lenet"));
    assertThat(failure).hasMessage("model lenet needs images, and csv data has columns");
  }

  @Test
  void accumulatedBatchesAreOneLargeBatch() throws IOException {
    Jobs job = Jobs.digits().set("epochs=2", "optimizer.type=sgd", "optimizer.learning_rate=0.05");
    Trained large = Trained.run(job.set("batch_size=64"), Jobs.EXAMPLES, folder.resolve("large"));
    Trained parts =
        Trained.run(
            job.set("batch_size=16", "optimizer.accumulate=4"),
            Jobs.EXAMPLES,
            folder.resolve("parts"));
    assertThat(parts.end("validation_loss")).isCloseTo(large.end("validation_loss"), within(1e-4));
    assertThat(parts.of(Progress.Kind.EPOCH).get(0).step())
        .isEqualTo(large.of(Progress.Kind.EPOCH).get(0).step());
  }

  @Test
  void learnsWithSmoothedTargetsAndBalancedClassesOfTurnedImages() throws IOException {
    RealImages.idx(folder.resolve("digits"), 1000);
    Jobs lenet =
        Jobs.digits()
            .set(Jobs.images(Train.Format.IDX, "digits"))
            .set("model.type=lenet", "epochs=12", "label_smoothing=0.1", "class_weights=balanced")
            .set("augmentation.crop=1", "augmentation.rotation=10", "optimizer.clip_norm=1");
    Trained trained = Trained.run(lenet, folder, folder);
    assertThat(trained.end("validation_accuracy")).isGreaterThan(0.85);
    // A loss on smoothed targets can't fall below 0.5 for ten classes; the held-out one is plain.
    assertThat(trained.end("train_loss")).isGreaterThan(0.5);
    assertThat(trained.end("validation_loss")).isLessThan(0.6);
  }

  @Test
  void looksAtTheTestSplitOnceAndWritesWhatWasTakenForWhat() throws IOException {
    Jobs job =
        Jobs.digits()
            .set(
                "data.test_split=0.1", "metrics=[\"top_5_accuracy\", \"f1\", \"auc\"]", "epochs=8");
    Trained trained = Trained.run(job, Jobs.EXAMPLES, folder);
    assertThat(trained.end("test_accuracy")).isGreaterThan(0.9);
    assertThat(trained.end("validation_f1")).isGreaterThan(0.9);
    assertThat(trained.end("validation_auc")).isGreaterThan(0.99);
    assertThat(trained.end("test_top_5_accuracy")).isGreaterThan(0.99);
    assertThat(trained.losses()).noneMatch(metrics -> metrics.containsKey("test_accuracy"));
    JsonNode evaluation = Json.MAPPER.readTree(folder.resolve("model/evaluation.json").toFile());
    int rows = 0;
    for (JsonNode row : evaluation.at("/test/confusion_matrix")) {
      for (JsonNode count : row) {
        rows += count.intValue();
      }
    }
    assertThat(rows).isEqualTo(180);
    assertThat(evaluation.at("/validation/by_class/3/recall").doubleValue()).isGreaterThan(0.8);
  }

  @Test
  void lowersTheRateAtAPlateau() throws IOException {
    Jobs job =
        Jobs.digits()
            .set("optimizer.schedule.type=plateau", "optimizer.schedule.factor=0.5")
            .set("optimizer.schedule.patience=1", "early_stopping.minimum_change=100")
            .set("early_stopping.metric=validation_loss", "early_stopping.patience=50", "epochs=4");
    Trained trained = Trained.run(job, Jobs.EXAMPLES, folder);
    assertThat(trained.losses().stream().map(metrics -> metrics.get("learning_rate")))
        .containsExactly(1e-3, 1e-3, 5e-4, 2.5e-4);
  }

  private TrainingFailure failure(Jobs job) {
    return Objects.requireNonNull(
        catchThrowableOfType(TrainingFailure.class, () -> Trained.run(job, Jobs.EXAMPLES, folder)));
  }
}
