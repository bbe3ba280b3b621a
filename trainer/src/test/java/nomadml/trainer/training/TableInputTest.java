package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nomadml.trainer.Jobs;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import nomadml.trainer.data.Statistics;
import nomadml.trainer.network.ModuleBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableInputTest {
  private static final float NONE = Float.NaN;

  @TempDir private Path folder;

  @BeforeEach
  void startEngine() {
    Pytorch.start(1);
  }

  @Test
  void standardisesByTheTrainingRowsAndImputesTheirMean() throws IOException {
    DataSet data = read("a,b,y\n1,7,p\n3,7,q\n,7,p\n", "");
    assertRows(
        data,
        new float[][] {{1, 7}, {3, 7}, {NONE, 7}, {NONE, NONE}},
        new float[][] {{-1, 0}, {1, 0}, {0, 0}, {0, 0}});
  }

  @Test
  void hasAnInputForEachCategoryAndForAMissingOne() throws IOException {
    DataSet data = read("c,y\nred,p\nblue,q\n,p\n", "");
    float unseen = 2;
    assertRows(
        data,
        new float[][] {{1}, {0}, {NONE}, {unseen}},
        new float[][] {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}, {0, 0, 0}});
  }

  @Test
  void putsRareCategoriesIntoOneInput() throws IOException {
    DataSet data =
        read("c,y\na,p\na,q\nb,p\nb,q\nc,p\nd,p\n", ", categorical: [c], max_categories: 2");
    assertRows(
        data, new float[][] {{0}, {2}, {NONE}}, new float[][] {{1, 0, 0}, {0, 0, 1}, {0, 0, 0}});
  }

  @Test
  void mixesColumnsInAFixedOrder() throws IOException {
    DataSet data = read("c,n,b,y\nu,1,true,p\nv,3,,q\n", ", missing_indicator: true");
    assertRows(
        data,
        new float[][] {{0, 1, 1}, {1, 3, NONE}},
        new float[][] {{-1, 0, 1, 0, 0}, {1, 0, 0, 1, 1}});
  }

  @Test
  void learnsWhatOnlyACategoryTells() throws IOException {
    StringBuilder text = new StringBuilder("noise,kind,y\n");
    for (int row = 0; row < 400; row++) {
      String kind = List.of("ant", "bee", "cat", "").get(row % 4);
      String noise = row % 7 == 0 ? "NA" : Integer.toString(row * 31 % 17);
      text.append(noise)
          .append(',')
          .append(kind)
          .append(',')
          .append(row % 4 < 2 ? "p" : "q")
          .append('\n');
    }
    Files.writeString(folder.resolve("t.csv"), text);
    Jobs job = Jobs.digits().with(Jobs.csv("t.csv", "y")).with(Jobs.mlp(16)).epochs(30);
    Trained trained = Trained.run(job, folder, folder);
    assertThat(trained.end("validation_accuracy")).isGreaterThan(0.95);
  }

  private void assertRows(DataSet data, float[][] raw, float[][] expected) throws IOException {
    TableInput input = new TableInput(data, Statistics.of(data));
    ModuleBuilder module = new ModuleBuilder(1);
    Path file = folder.resolve("input.pt");
    module.write(file, input.write(module), "logits");
    assertThat(data.inputs()).isEqualTo(expected[0].length);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Network network = Network.load(manager, file, false)) {
      network.evaluationMode();
      for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
        NDArray result = network.logits(manager.create(raw).toType(type, true));
        assertThat(result.getShape().getShape()).containsExactly(raw.length, data.inputs());
        for (int row = 0; row < raw.length; row++) {
          assertThat(result.get(row).toFloatArray()).containsExactly(expected[row], within(1e-6f));
        }
      }
    }
  }

  private DataSet read(String text, String more) throws IOException {
    Files.writeString(folder.resolve("t.csv"), text);
    return DataSets.read(
        folder,
        Jobs.data(
            "{format: csv, path: t.csv, label: y, task: classification, validation_split: 0"
                + more
                + "}"),
        1);
  }
}
