package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.spec.FailureCause;
import nomadml.spec.JobFileReader;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamedImagesTest {
  @TempDir private Path folder;

  @Test
  void trainsBitForBitAsFromMemory() throws IOException {
    RealImages.folders(folder.resolve("digits"), 300);
    Trained whole = Trained.run(lenet("always"), folder, folder.resolve("whole"));
    Trained streamed = Trained.run(lenet("never"), folder, folder.resolve("streamed"));
    assertThat(trainLosses(streamed)).isEqualTo(trainLosses(whole));
    assertThat(streamed.network(8)).hasSameBinaryContentAs(whole.network(8));
    assertThat(facts(whole)).containsEntry("pixels", "in memory");
    assertThat(facts(streamed)).containsEntry("pixels", "decoded each epoch");
  }

  @Test
  void goesOnInTheMiddleOfAnEpoch() throws IOException {
    RealImages.folders(folder.resolve("digits"), 300);
    Trained whole = Trained.run(lenet("never"), folder, folder.resolve("whole"));
    int[] asked = new int[1];
    Trained first =
        Trained.run(lenet("never"), folder, folder.resolve("parts"), () -> ++asked[0] > 8);
    assertThat(first.outcome()).isEqualTo(Training.Outcome.STOPPED);
    Trained second = Trained.run(lenet("never"), folder, folder.resolve("parts"));
    List<Map<String, Double>> parts = new ArrayList<>(first.losses());
    parts.addAll(second.losses());
    assertThat(parts).isEqualTo(whole.losses());
    assertThat(second.network(8)).hasSameBinaryContentAs(whole.network(8));
  }

  /** 600 images of 108 KiB are 64 MiB; with 2 bytes a pixel for heap and tensor, 127 MiB. */
  @Test
  void needsNoMemoryForMoreImages() throws Exception {
    RealImages.folders(folder.resolve("digits"), 600);
    Progress streamed = last(process("auto", "-Xmx56m"));
    assertThat(streamed.kind()).as(streamed.toString()).isEqualTo(Progress.Kind.FINISHED);
    Progress whole = last(process("always", "-Xmx56m"));
    assertThat(whole.cause()).as(whole.toString()).isEqualTo(FailureCause.OUT_OF_MEMORY);
    assertThat(whole.hint()).contains("train.data.in_memory: never");
  }

  private static Jobs lenet(String inMemory) {
    return Jobs.digits()
        .with(
            Jobs.data(
                "{format: images, path: digits, validation_split: 0.2, image_size: 16, in_memory: %s}"
                    .formatted(inMemory)))
        .with(Jobs.model(Train.Architecture.LENET, null))
        .epochs(2);
  }

  private static List<Double> trainLosses(Trained trained) {
    return trained.losses().stream().map(metrics -> metrics.get("train_loss")).toList();
  }

  private static Map<String, String> facts(Trained trained) {
    Map<String, String> facts = trained.of(Progress.Kind.STARTED).get(0).facts();
    return facts == null ? Map.of() : facts;
  }

  private List<Progress> process(String inMemory, String memory) throws Exception {
    String job =
        """
        name: streamed
        train:
          data: {format: images, path: digits, image_size: 192, validation_split: 0.1, in_memory: %s}
          model: {type: mlp, hidden: [4]}
          epochs: 2
          batch_size: 16
          device: cpu
        """
            .formatted(inMemory);
    Path jobFile = folder.resolve(inMemory + ".json");
    Json.MAPPER.writeValue(jobFile.toFile(), JobFileReader.read(job, "test", List.of()));
    Process worker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                memory,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "nomadml.trainer.cli.Main",
                "train",
                "--job-file",
                jobFile.toString(),
                "--data-folder",
                folder.toString(),
                "--checkpoints",
                folder.resolve(inMemory + "-checkpoints").toString(),
                "--model-folder",
                folder.resolve(inMemory + "-model").toString())
            .redirectError(folder.resolve(inMemory + ".log").toFile())
            .start();
    List<Progress> progress = new ArrayList<>();
    try (var lines = worker.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        progress.add(ProgressLine.read(line).orElseThrow());
      }
    } finally {
      worker.destroyForcibly();
    }
    assertThat(progress).as(Files.readString(folder.resolve(inMemory + ".log"))).isNotEmpty();
    return progress;
  }

  private static Progress last(List<Progress> progress) {
    return progress.get(progress.size() - 1);
  }
}
