package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import nomadml.spec.FailureCause;
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
        .containsKeys("threads", "data_sha256", "classes", "djl_version", "pytorch_version");
  }

  @ParameterizedTest
  @EnumSource(Train.Method.class)
  void learnsWithEachOptimizer(Train.Method method) throws IOException {
    double rate = method == Train.Method.SGD ? 0.05 : 1e-3;
    Train.Optimizer optimizer = new Train.Optimizer(method, rate, 0.9, 1e-4, Jobs.CONSTANT);
    Trained digits = Trained.run(Jobs.digits().with(optimizer).epochs(6), Jobs.EXAMPLES, folder);
    assertThat(digits.end("validation_accuracy")).isGreaterThan(0.93);
  }

  @Test
  void learnsARegressionInTheUnitsOfItsTarget() throws IOException {
    Jobs diabetes =
        Jobs.digits()
            .with(
                new Train.Data(
                    Train.Format.CSV,
                    "data/diabetes.csv",
                    "progression",
                    Train.Task.REGRESSION,
                    List.of(),
                    0.2,
                    32))
            .with(Jobs.mlp(16));
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
            .with(Jobs.folder(Train.Format.IDX, "digits"))
            .with(Jobs.model(Train.Architecture.LENET, null))
            .epochs(12);
    assertThat(Trained.run(lenet, folder, folder).end("validation_accuracy")).isGreaterThan(0.9);
  }

  @Test
  void trainsResnet18() throws IOException {
    RealImages.folders(folder.resolve("digits"), 64);
    Jobs resnet =
        Jobs.digits()
            .with(new Train.Data(Train.Format.IMAGES, "digits", null, null, List.of(), 0, 16))
            .with(Jobs.model(Train.Architecture.RESNET18, null))
            .epochs(2);
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
            .with(new Train.EarlyStopping("validation_accuracy", 2, 0))
            .with(Jobs.adam(0.01))
            .epochs(60);
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
            .with(new Train.EarlyStopping("validation_loss", 1, 100))
            .with(new Train.Checkpoint(50, 1));
    Trained trained = Trained.run(job, Jobs.EXAMPLES, folder);
    assertThat(trained.of(Progress.Kind.EPOCH)).hasSize(2);
    assertThat(trained.of(Progress.Kind.FINISHED).get(0).epoch()).isEqualTo(2);
  }

  @Test
  void saysAtWhichStepTheLossIsNotANumber() {
    Train.Optimizer wild = new Train.Optimizer(Train.Method.SGD, 1e20, 0, 0, Jobs.CONSTANT);
    TrainingFailure failure = failure(Jobs.digits().with(wild));
    assertThat(failure.failureCause()).isEqualTo(FailureCause.NAN_LOSS);
    assertThat(failure).hasMessageContaining("at step");
    assertThat(failure.hint()).contains("learning_rate");
  }

  @Test
  void suggestsTheMetricThatWasMeant() {
    TrainingFailure failure =
        failure(Jobs.digits().with(new Train.EarlyStopping("validation_acuracy", 2, 0)));
    assertThat(failure.failureCause()).isEqualTo(FailureCause.USER_ERROR);
    assertThat(failure.hint()).isEqualTo("did you mean \"validation_accuracy\"?");
  }

  @Test
  void refusesAnImageNetworkForColumns() {
    TrainingFailure failure =
        failure(Jobs.digits().with(Jobs.model(Train.Architecture.LENET, null)));
    assertThat(failure).hasMessage("model lenet needs images, and csv data has columns");
  }

  private TrainingFailure failure(Jobs job) {
    return Objects.requireNonNull(
        catchThrowableOfType(TrainingFailure.class, () -> Trained.run(job, Jobs.EXAMPLES, folder)));
  }
}
