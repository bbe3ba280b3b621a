package nomadml.trainer.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.spec.Progress;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTest {
  private static final int STEPS_PER_EPOCH = 23;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2})
  void sixEpochsAreThreeAndThree(double dropout) throws IOException {
    Jobs job = Jobs.digits().with(Jobs.model("{type: mlp, dropout: %s}".formatted(dropout)));
    Trained whole = Trained.run(job.epochs(6), Jobs.EXAMPLES, folder.resolve("whole"));
    Trained first = Trained.run(job.epochs(3), Jobs.EXAMPLES, folder.resolve("parts"));
    Trained second = Trained.run(job.epochs(6), Jobs.EXAMPLES, folder.resolve("parts"));
    List<Map<String, Double>> parts = new ArrayList<>(first.losses());
    parts.addAll(second.losses());
    assertThat(parts).isEqualTo(whole.losses());
    assertSameWeights(whole, second);
    assertThat(second.of(Progress.Kind.RESUMED)).hasSize(1);
  }

  @Test
  void goesOnInTheMiddleOfAnEpoch() throws IOException {
    Jobs job = Jobs.digits().epochs(6).set("checkpoint.every_epochs=2");
    Trained whole = Trained.run(job, Jobs.EXAMPLES, folder.resolve("whole"));
    int[] asked = new int[1];
    Trained first =
        Trained.run(
            job,
            Jobs.EXAMPLES,
            folder.resolve("parts"),
            () -> ++asked[0] > 3 * (STEPS_PER_EPOCH + 1) + 10);
    assertThat(first.outcome()).isEqualTo(Training.Outcome.STOPPED);
    assertThat(first.network(3 * STEPS_PER_EPOCH + 10)).exists();
    Trained second = Trained.run(job, Jobs.EXAMPLES, folder.resolve("parts"));
    assertThat(second.losses()).isEqualTo(whole.losses().subList(3, 6));
    assertSameWeights(whole, second);
  }

  @Test
  void goesOnInTheMiddleOfAValidation() throws IOException {
    Jobs job = Jobs.digits().epochs(6);
    Trained whole = Trained.run(job, Jobs.EXAMPLES, folder.resolve("whole"));
    int[] asked = new int[1];
    Trained first =
        Trained.run(
            job, Jobs.EXAMPLES, folder.resolve("parts"), () -> ++asked[0] > STEPS_PER_EPOCH);
    assertThat(first.of(Progress.Kind.EPOCH)).isEmpty();
    assertThat(first.network(STEPS_PER_EPOCH)).exists();
    Trained second = Trained.run(job, Jobs.EXAMPLES, folder.resolve("parts"));
    assertThat(second.losses()).isEqualTo(whole.losses());
    assertSameWeights(whole, second);
  }

  @Test
  void goesOnFromACheckpointInsideAnEpochWithEverythingRandom() throws IOException {
    RealImages.idx(folder.resolve("digits"), 400);
    Jobs job =
        Jobs.digits()
            .set(Jobs.images(Train.Format.IDX, "digits"))
            .set("model.type=lenet", "batch_size=16", "optimizer.accumulate=2", "epochs=4")
            .set("augmentation.flip=true", "augmentation.crop=2", "augmentation.rotation=15")
            .set("optimizer.schedule.type=plateau", "optimizer.schedule.factor=0.5")
            .set("optimizer.schedule.patience=1", "early_stopping.minimum_change=100")
            .set("early_stopping.metric=validation_loss", "early_stopping.patience=50")
            .set("checkpoint.every_minutes=1e-9", "checkpoint.keep=100");
    Trained whole = Trained.run(job, folder, folder.resolve("whole"));
    int[] asked = new int[1];
    Trained first = Trained.run(job, folder, folder.resolve("parts"), () -> ++asked[0] > 25);
    assertThat(first.outcome()).isEqualTo(Training.Outcome.STOPPED);
    Trained second = Trained.run(job, folder, folder.resolve("parts"));
    int resumed = requireNonNull(second.of(Progress.Kind.RESUMED).get(0).epoch());
    assertThat(second.losses()).isEqualTo(whole.losses().subList(resumed, 4));
    long end = requireNonNull(whole.of(Progress.Kind.FINISHED).get(0).step());
    assertThat(second.network(end)).hasSameBinaryContentAs(whole.network(end));
  }

  @Test
  void losesNoEpochWhenStoppedBetweenTwo() throws IOException {
    Jobs job = Jobs.digits().epochs(6).set("checkpoint.every_epochs=5");
    int[] asked = new int[1];
    Trained first =
        Trained.run(job, Jobs.EXAMPLES, folder, () -> ++asked[0] > 2 * (STEPS_PER_EPOCH + 1));
    assertThat(first.of(Progress.Kind.EPOCH)).hasSize(2);
    assertThat(first.network(2 * STEPS_PER_EPOCH)).exists();
  }

  @Test
  void takesTheCheckpointBeforeADamagedOneAndSaysSo() throws IOException {
    Trained first = Trained.run(Jobs.digits().epochs(3), Jobs.EXAMPLES, folder);
    Files.write(first.network(3 * STEPS_PER_EPOCH), new byte[] {1, 2, 3});
    Trained second = Trained.run(Jobs.digits().epochs(4), Jobs.EXAMPLES, folder);
    assertThat(second.of(Progress.Kind.WARNING).get(0).message()).contains("network.pt is damaged");
    assertThat(second.of(Progress.Kind.RESUMED).get(0).epoch()).isEqualTo(2);
  }

  @Test
  void beginsAnewWhenTheCheckpointIsOfAnotherModel() throws IOException {
    Trained first = Trained.run(Jobs.digits().epochs(1), Jobs.EXAMPLES, folder);
    Trained second =
        Trained.run(Jobs.digits().epochs(1).set("model.hidden=[8]"), Jobs.EXAMPLES, folder);
    assertThat(first.outcome()).isEqualTo(Training.Outcome.FINISHED);
    assertThat(second.of(Progress.Kind.WARNING).get(0).message()).contains("another model");
    assertThat(second.of(Progress.Kind.RESUMED)).isEmpty();
  }

  @Test
  void finishesAgainWithoutTrainingWhenAllEpochsAreDone() throws IOException {
    Trained first = Trained.run(Jobs.digits().epochs(2), Jobs.EXAMPLES, folder);
    Trained second = Trained.run(Jobs.digits().epochs(2), Jobs.EXAMPLES, folder);
    assertThat(second.of(Progress.Kind.EPOCH)).isEmpty();
    assertThat(second.end("validation_loss")).isEqualTo(first.end("validation_loss"));
  }

  private static void assertSameWeights(Trained whole, Trained parts) {
    assertThat(parts.network(6 * STEPS_PER_EPOCH))
        .hasSameBinaryContentAs(whole.network(6 * STEPS_PER_EPOCH));
  }
}
