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
import nomadml.trainer.Sentences;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextNetworksTest {
  private static final String LSTM = "{type: lstm, width: 24, layers: 1, dropout: 0}";
  private static final String BOTH_WAYS =
      "{type: lstm, width: 16, layers: 2, bidirectional: true, pooling: last}";
  private static final String TRANSFORMER =
      "{type: transformer, width: 32, layers: 2, heads: 4, dropout: 0.1}";
  private static final Train.Data TEXTS =
      Jobs.data("{format: text, path: texts.tsv, text: {sequence_length: 24}}");

  @TempDir private Path folder;

  @BeforeEach
  void writeTexts() {
    Sentences.write(folder.resolve("texts.tsv"), 320);
  }

  @ParameterizedTest
  @ValueSource(strings = {LSTM, BOTH_WAYS, TRANSFORMER})
  void learnsTheOrderOfWordsAndResumes(String model) throws IOException {
    Trained whole = Trained.run(job(model).epochs(8), folder, folder.resolve("whole"));
    Trained first = Trained.run(job(model).epochs(3), folder, folder.resolve("parts"));
    Trained second = Trained.run(job(model).epochs(8), folder, folder.resolve("parts"));
    List<Map<String, Double>> losses = whole.losses();
    List<Map<String, Double>> parts = new ArrayList<>(first.losses());
    parts.addAll(second.losses());
    assertThat(parts).isEqualTo(losses);
    assertThat(second.network(8 * 4)).hasSameBinaryContentAs(whole.network(8 * 4));
    assertThat(losses.get(7).get("train_loss")).isLessThan(losses.get(0).get("train_loss"));
    assertThat(accuracy(whole)).isCloseTo(whole.end("validation_accuracy"), within(1e-6));
  }

  @Test
  void learnsFromBytes() throws IOException {
    Train.Data bytes =
        Jobs.data("{format: text, path: texts.tsv, text: {tokens: bytes, sequence_length: 40}}");
    Trained trained = Trained.run(job(LSTM).with(bytes).epochs(3), folder, folder);
    List<Map<String, Double>> losses = trained.losses();
    assertThat(losses.get(2).get("train_loss")).isLessThan(losses.get(0).get("train_loss"));
  }

  @ParameterizedTest
  @ValueSource(strings = {LSTM, BOTH_WAYS, TRANSFORMER})
  void answersTheSameWhateverStandsBesideAText(String model) throws IOException {
    Trained trained = Trained.run(job(model).epochs(1), folder, folder);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Network network = Network.load(manager, model(trained), false)) {
      network.evaluationMode();
      long[] text = {3, 5, 2};
      float[] alone = network.logits(manager.create(new long[][] {text})).toFloatArray();
      NDArray beside = manager.create(new long[][] {{3, 5, 2, 0, 0}, {4, 2, 6, 3, 2}});
      float[] together = network.logits(beside).toFloatArray();
      assertThat(new float[] {together[0], together[1]}).containsExactly(alone, within(1e-6f));
      float[] empty = network.logits(manager.zeros(new Shape(1, 24))).toFloatArray();
      assertThat(empty[0] + empty[1]).isCloseTo(1, within(1e-6f));
    }
  }

  private static Jobs job(String model) {
    return Jobs.digits().with(TEXTS).with(Jobs.model(model)).set("optimizer.learning_rate=1e-2");
  }

  private static Path model(Trained trained) {
    return trained.folder().resolve("model/data/model.pth");
  }

  private double accuracy(Trained trained) {
    DataSet data = DataSets.read(folder, TEXTS, 42);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Network network = Network.load(manager, model(trained), false)) {
      network.evaluationMode();
      int right = 0;
      for (int row : data.validationRows()) {
        long[] ids = new long[data.width()];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = (long) data.value(row, i);
        }
        NDArray answer = network.logits(manager.create(new long[][] {ids}));
        right += answer.argMax().getLong() == (long) data.targets()[row] ? 1 : 0;
      }
      return (double) right / data.validationRows().length;
    }
  }
}
