package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import nomadml.spec.FailureCause;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.network.TorchScriptArchive;
import nomadml.trainer.network.TorchScriptArchive.Weights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserModuleTest {
  private static final String HEAD =
      """
      class M(Module):
        __parameters__ = ["weight", ]
        __buffers__ = []
        training : bool
        weight : Tensor
        def forward(self: __torch__.M,
            x: Tensor) -> Tensor:
      """;
  private static final String LINEAR = "return torch.linear(torch.div(x, 16.), self.weight, None)";

  @TempDir private Path folder;

  @BeforeEach
  void copyData() throws IOException {
    Files.copy(Jobs.EXAMPLES.resolve("data/digits.csv.gz"), folder.resolve("digits.csv.gz"));
  }

  @Test
  void isFineTunedAndResumed() throws IOException {
    write(10, true);
    Trained first = Trained.run(job().epochs(10), folder, folder);
    Trained second = Trained.run(job().epochs(20), folder, folder);
    assertThat(second.end("validation_accuracy")).isGreaterThan(0.9);
    assertThat(second.end("validation_loss")).isLessThan(first.end("validation_loss"));
  }

  /** The module divides by zero when a pixel is above 1. */
  @ParameterizedTest
  @ValueSource(strings = {"flip=false", "flip=true", "rotation=15"})
  void getsPixelsOfZeroToOneHoweverTheyAreChanged(String augmentation) throws IOException {
    RealImages.idx(folder.resolve("images"), 96);
    write(
        """
        return torch.div(torch.linear(torch.flatten(x, 1), self.weight, None), torch.to(torch.le(torch.max(x), 1.001), 6))
        """,
        10,
        256,
        true);
    Jobs job =
        Jobs.digits()
            .with(Jobs.data("{format: idx, path: images}"))
            .with(Jobs.model("{type: torchscript, path: mine.pt}"))
            .set("augmentation." + augmentation)
            .epochs(2);
    assertThat(Trained.run(job, folder, folder).end("train_loss")).isFinite().isPositive();
  }

  @Test
  void isRefusedWhenItIsNoTorchScript() throws IOException {
    Files.writeString(folder.resolve("mine.pt"), "not a zip");
    assertThat(failure()).hasMessageContaining("mine.pt can't be read as TorchScript");
    assertThat(failure().hint()).contains("torch.jit.script");
  }

  @Test
  void isRefusedWhenItsOutputDoesNotFit() throws IOException {
    write(7, true);
    assertThat(failure()).hasMessageContaining("puts out (2, 7), but (2, 10) is needed");
  }

  @Test
  void isRefusedWhenNothingCanBeTrained() throws IOException {
    write(10, false);
    assertThat(failure()).hasMessageContaining("no parameter that can be trained");
  }

  @Test
  void isMissedWhenItIsNotThere() {
    assertThat(failure().failureCause()).isEqualTo(FailureCause.DATA_MISSING);
  }

  private static Jobs job() {
    return Jobs.digits()
        .set("data.path=digits.csv.gz", "model.type=torchscript", "model.path=mine.pt")
        .set("optimizer.learning_rate=0.01");
  }

  private void write(int outputs, boolean trainable) throws IOException {
    write(LINEAR, outputs, 64, trainable);
  }

  private void write(String line, int outputs, int inputs, boolean trainable) throws IOException {
    Random random = new Random(1);
    float[] values = new float[outputs * inputs];
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextFloat() - 0.5f) / 4;
    }
    Weights weights = new Weights(new long[] {outputs, inputs}, values, trainable);
    TorchScriptArchive.write(
        folder.resolve("mine.pt"), HEAD + "    " + line.strip() + "\n", Map.of("weight", weights));
  }

  private TrainingFailure failure() {
    return Objects.requireNonNull(
        catchThrowableOfType(TrainingFailure.class, () -> Trained.run(job(), folder, folder)));
  }
}
