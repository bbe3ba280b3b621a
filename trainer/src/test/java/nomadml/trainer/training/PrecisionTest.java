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
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.Sentences;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrecisionTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"bfloat16", "float16"})
  void learnsAsWellAsInFullPrecision(String precision) throws IOException {
    Trained full = Trained.run(Jobs.digits(), Jobs.EXAMPLES, folder.resolve("full"));
    Trained half =
        Trained.run(
            Jobs.digits().set("precision=" + precision), Jobs.EXAMPLES, folder.resolve("half"));
    assertThat(half.end("validation_accuracy")).isGreaterThan(0.95);
    assertThat(half.losses()).isNotEqualTo(full.losses());
  }

  @ParameterizedTest
  @CsvSource({
    "mlp, bfloat16",
    "lenet, bfloat16",
    "resnet18, bfloat16",
    "mobilenet_v2, bfloat16",
    "mlp, float16",
    "lenet, float16"
  })
  void goesOnExactly(String model, String precision) throws IOException {
    RealImages.idx(folder.resolve("digits"), 96);
    Jobs job =
        Jobs.digits()
            .with(Jobs.data("{format: idx, path: digits}"))
            .with(Jobs.model("{type: %s}".formatted(model)))
            .set("precision=" + precision);
    assertExact(job);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "transformer"})
  void takesText(String model) throws IOException {
    Sentences.write(folder.resolve("texts.tsv"), 200);
    assertExact(
        Jobs.digits()
            .with(Jobs.data("{format: text, path: texts.tsv, text: {sequence_length: 24}}"))
            .with(Jobs.model("{type: %s}".formatted(model)))
            .set("precision=bfloat16"));
  }

  private void assertExact(Jobs job) throws IOException {
    Trained whole = Trained.run(job.epochs(2), folder, folder.resolve("whole"));
    Trained first = Trained.run(job.epochs(1), folder, folder.resolve("parts"));
    Trained second = Trained.run(job.epochs(2), folder, folder.resolve("parts"));
    List<Map<String, Double>> parts = new ArrayList<>(first.losses());
    parts.addAll(second.losses());
    assertThat(parts).isEqualTo(whole.losses());
    long last = requireNonNull(whole.of(Progress.Kind.EPOCH).get(1).step());
    assertThat(Files.readAllBytes(second.network(last).resolveSibling("optimizer.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.network(last).resolveSibling("optimizer.safetensors")));
  }
}
