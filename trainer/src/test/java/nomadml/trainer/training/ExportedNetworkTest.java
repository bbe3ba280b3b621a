package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportedNetworkTest {
  @TempDir private Path folder;

  @Test
  void answersProbabilitiesForRawColumns() throws IOException {
    Trained trained = Trained.run(Jobs.digits(), Jobs.EXAMPLES, folder);
    DataSet digits = DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42);
    assertThat(accuracy(digits)).isCloseTo(trained.end("validation_accuracy"), within(1e-6));
  }

  @Test
  void answersProbabilitiesForRawPixels() throws IOException {
    RealImages.idx(folder.resolve("digits"), 400);
    Train.Data idx = Jobs.folder(Train.Format.IDX, "digits");
    Jobs lenet =
        Jobs.digits()
            .set(Jobs.images(Train.Format.IDX, "digits"))
            .set("model.type=lenet", "epochs=3");
    Trained trained = Trained.run(lenet, folder, folder);
    DataSet digits = DataSets.read(folder, idx, 42);
    assertThat(accuracy(digits)).isCloseTo(trained.end("validation_accuracy"), within(1e-6));
  }

  /** Of the model folder's file on the validation rows as they were read. */
  private double accuracy(DataSet data) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Network network = Network.load(manager, folder.resolve("model/data/model.pth"), false)) {
      network.evaluationMode();
      int right = 0;
      for (int row : data.validationRows()) {
        NDArray probabilities = network.logits(features(manager, data, row));
        assertThat(probabilities.sum().getFloat()).isCloseTo(1, within(1e-5f));
        if (probabilities.argMax().getLong() == (long) data.targets()[row]) {
          right++;
        }
      }
      return (double) right / data.validationRows().length;
    }
  }

  private static NDArray features(NDManager manager, DataSet data, int row) {
    float[] values = new float[data.width()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.value(row, i);
    }
    Shape one = new Shape(data.shape().stream().mapToLong(Integer::longValue).toArray());
    return manager.create(values, new Shape(1).addAll(one));
  }
}
