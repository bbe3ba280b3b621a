package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNetworksTest {
  private static final Train.Data SMALL =
      Jobs.data("{format: images, path: digits, image_size: 8, validation_split: 0.25}");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "resnet50", "mobilenet_v2"})
  void learnsResumesAndAnswersOutsideAsInside(String type) throws IOException {
    RealImages.folders(folder.resolve("digits"), 60);
    Jobs job =
        Jobs.digits()
            .with(SMALL)
            .with(Jobs.model("{type: %s}".formatted(type)))
            .set("optimizer.type=sgd", "optimizer.learning_rate=0.002", "checkpoint.keep=1");
    Trained whole = Trained.run(job.epochs(2), folder, folder.resolve("whole"));
    Trained first = Trained.run(job.epochs(1), folder, folder.resolve("parts"));
    Trained second = Trained.run(job.epochs(2), folder, folder.resolve("parts"));
    List<Map<String, Double>> losses = whole.losses();
    List<Map<String, Double>> parts = new ArrayList<>(first.losses());
    parts.addAll(second.losses());
    assertThat(parts).isEqualTo(losses);
    assertThat(second.network(2)).hasSameBinaryContentAs(whole.network(2));
    assertThat(losses.get(1).get("train_loss")).isLessThan(losses.get(0).get("train_loss"));
    assertThat(accuracy(whole.folder().resolve("model/data/model.pth")))
        .isCloseTo(whole.end("validation_accuracy"), within(1e-6));
  }

  private double accuracy(Path model) {
    DataSet data = DataSets.read(folder, SMALL, 42);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Network network = Network.load(manager, model, false)) {
      network.evaluationMode();
      int right = 0;
      for (int row : data.validationRows()) {
        float[] pixels = new float[data.width()];
        for (int i = 0; i < pixels.length; i++) {
          pixels[i] = data.value(row, i);
        }
        NDArray answer = network.logits(manager.create(pixels, new Shape(1, 3, 8, 8)));
        right += answer.argMax().getLong() == (long) data.targets()[row] ? 1 : 0;
      }
      return (double) right / data.validationRows().length;
    }
  }
}
