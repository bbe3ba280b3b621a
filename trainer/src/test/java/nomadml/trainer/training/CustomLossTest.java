package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.network.TorchScriptArchive;
import nomadml.trainer.network.TorchScriptArchive.Weights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CustomLossTest {
  private static final String CROSS_ENTROPY =
      "torch.cross_entropy_loss(output, target, None, 1, -100, 0.)";
  private static final String SQUARED = "torch.mean(torch.pow(torch.sub(output, target), 2))";

  @TempDir private Path folder;

  @BeforeEach
  void copyData() throws IOException {
    Files.copy(Jobs.EXAMPLES.resolve("data/digits.csv.gz"), folder.resolve("digits.csv.gz"));
  }

  @Test
  void trainsAsTheBuiltInOneWhenItIsTheSame() throws IOException {
    loss(CROSS_ENTROPY);
    Trained own = Trained.run(job(), folder, folder.resolve("own"));
    Trained built = Trained.run(job().set("loss_path=null"), folder, folder.resolve("built"));
    assertThat(own.losses()).isEqualTo(built.losses());
  }

  @Test
  void trainsOnImagesThatAreDecodedEachEpoch() throws IOException {
    RealImages.folders(folder.resolve("images"), 200);
    loss(CROSS_ENTROPY);
    Trained own = Trained.run(images("never"), folder, folder.resolve("own"));
    Jobs usual = images("always").set("loss_path=null");
    Trained built = Trained.run(usual, folder, folder.resolve("built"));
    assertThat(own.losses()).isEqualTo(built.losses());
  }

  @Test
  void isMeasuredOnHeldOutRowsAsComputedByHand() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "x,y\n" + "1,2.5\n3,4.5\n".repeat(10));
    loss("torch.add(torch.mul(" + SQUARED + ", 0.), 7.)");
    Trained trained = Trained.run(regression(), folder, folder.resolve("run"));
    assertThat(trained.end("validation_loss")).isEqualTo(7, within(1e-9));
  }

  @Test
  void leavesTheErrorsOfARegressionAsTheyAre() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "x,y\n" + "1,2.5\n3,4.5\n".repeat(10));
    loss("torch.mul(" + SQUARED + ", 1.)");
    Trained own = Trained.run(regression(), folder, folder.resolve("own"));
    Trained built =
        Trained.run(regression().set("loss_path=null"), folder, folder.resolve("built"));
    assertThat(own.end("validation_rmse")).isEqualTo(built.end("validation_rmse"), within(1e-6));
    assertThat(own.end("validation_mae")).isEqualTo(built.end("validation_mae"), within(1e-6));
  }

  @Test
  void beginsAnewWithAnotherLoss() throws IOException {
    loss(CROSS_ENTROPY);
    Trained.run(job(), folder, folder);
    loss("torch.mul(" + CROSS_ENTROPY + ", 2.)");
    assertThat(Trained.run(job(), folder, folder).of(Progress.Kind.RESUMED)).isEmpty();
  }

  @Test
  void isRefusedWhenItIsNoScalar() throws IOException {
    loss("torch.cross_entropy_loss(output, target, None, 0, -100, 0.)");
    assertThat(failure(FailureCause.USER_ERROR)).hasMessageContaining("shape (2), not a scalar");
  }

  @Test
  void isRefusedWhenItFails() throws IOException {
    loss("torch.mm(output, output)");
    assertThat(failure(FailureCause.USER_ERROR)).hasMessageContaining("loss.pt fails for output");
  }

  @Test
  void isRefusedWhenItHasNoGradient() throws IOException {
    loss("torch.sum(torch.detach(output))");
    assertThat(failure(FailureCause.USER_ERROR)).hasMessageContaining("has no gradient");
  }

  @Test
  void isRefusedWhenItIsNoTorchScript() throws IOException {
    Files.writeString(folder.resolve("loss.pt"), "not a zip");
    assertThat(failure(FailureCause.USER_ERROR)).hasMessageContaining("can't be read");
  }

  @Test
  void isMissedWhenItIsNotThere() {
    assertThat(failure(FailureCause.DATA_MISSING)).hasMessageContaining("no file loss.pt");
  }

  @Test
  void aPinnedModelMustBeTheFile() throws IOException {
    Path file = folder.resolve("mine.pt");
    String source =
        """
        class M(Module):
          __parameters__ = ["weight", ]
          __buffers__ = []
          training : bool
          weight : Tensor
          def forward(self: __torch__.M,
              x: Tensor) -> Tensor:
            return torch.linear(x, self.weight, None)
        """;
    TorchScriptArchive.write(
        file, source, Map.of("weight", new Weights(new long[] {10, 64}, new float[640], true)));
    Jobs job =
        job().set("loss_path=null", "model.type=torchscript", "model.path=mine.pt", "epochs=1");
    Trained fine = Trained.run(job.set("model.sha256=\"" + Sha256.of(file) + "\""), folder, folder);
    assertThat(fine.of(Progress.Kind.FINISHED)).hasSize(1);
    Jobs other = job.set("model.sha256=\"" + "0".repeat(64) + "\"");
    TrainingFailure failure =
        Objects.requireNonNull(
            catchThrowableOfType(
                TrainingFailure.class, () -> Trained.run(other, folder, folder.resolve("other"))));
    assertThat(failure).hasMessageContaining("is not what train.model.sha256 pins");
  }

  private static Jobs job() {
    return Jobs.digits().set("data.path=digits.csv.gz", "loss_path=loss.pt", "epochs=2");
  }

  private static Jobs images(String inMemory) {
    return job()
        .with(
            Jobs.data(
                "{format: images, path: images, image_size: 16, in_memory: " + inMemory + "}"))
        .with(Jobs.model(Train.Architecture.LENET, null));
  }

  private static Jobs regression() {
    return job().set("data.path=t.csv", "data.label=y", "data.task=regression");
  }

  private void loss(String expression) throws IOException {
    String source =
        """
        class M(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
          def forward(self: __torch__.M,
              output: Tensor,
              target: Tensor) -> Tensor:
            return %s
        """
            .formatted(expression);
    TorchScriptArchive.write(folder.resolve("loss.pt"), source, Map.of());
  }

  private TrainingFailure failure(FailureCause cause) {
    TrainingFailure failure =
        Objects.requireNonNull(
            catchThrowableOfType(
                TrainingFailure.class, () -> Trained.run(job(), folder, folder.resolve("run"))));
    assertThat(failure.failureCause()).isEqualTo(cause);
    assertThat(failure.hint()).isNotBlank();
    return failure;
  }
}
