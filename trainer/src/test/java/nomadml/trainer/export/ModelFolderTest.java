package nomadml.trainer.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.Sentences;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import nomadml.trainer.data.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  @TempDir private Path folder;

  @Test
  void isADirectoryThatMlflowLoads() throws IOException {
    write(DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42), Jobs.mlp(8));
    assertThat(folder.resolve("model").toFile().list())
        .containsExactlyInAnyOrder(
            "MLmodel",
            "code",
            "conda.yaml",
            "data",
            "input_example.json",
            "preprocessing.json",
            "python_env.yaml",
            "requirements.txt",
            "serving_input_example.json");
    assertThat(folder.resolve("model/data/pickle_module_info.txt"))
        .hasContent("mlflow.pytorch.pickle_module");
    assertThat(folder.resolve("model/MLmodel"))
        .content()
        .contains(
            "loader_module: nomadml_model",
            "\"type\":\"any\",\"name\":\"",
            "outputs: '[{\"type\":\"tensor\",\"tensor-spec\":{\"dtype\":\"float32\",\"shape\":[-1,10]}}]'",
            "utc_time_created: '2026-11-01 00:00:00.000000'",
            "  type: dataframe");
  }

  @Test
  void takesTextsAsTheyWereWritten() throws IOException {
    Sentences.write(folder.resolve("texts.tsv"), 40);
    DataSet texts =
        DataSets.read(folder, Jobs.data("{format: text, path: texts.tsv, text: {}}"), 1);
    write(texts, Jobs.model("{type: lstm}"));
    assertThat(folder.resolve("model/MLmodel"))
        .content()
        .contains("inputs: '[{\"type\":\"string\",\"name\":\"text\",\"required\":true}]'");
    JsonNode stored = json("preprocessing.json");
    assertThat(stored.get("input").asText()).isEqualTo("text");
    assertThat(stored.get("tokenizer").get("settings").get("sequence_length").asInt())
        .isEqualTo(128);
    assertThat(stored.get("tokenizer").get("vocabulary").get(0).asText()).isEqualTo("<padding>");
    assertThat(json("input_example.json").get("data").get(0).get(0).asText()).contains("og ");
    assertThat(folder.resolve("model/code/nomadml_model/tokenizer.py")).exists();
  }

  @Test
  void storesClassesAndStatistics() throws IOException {
    DataSet digits = DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42);
    write(digits, Jobs.mlp(8));
    JsonNode stored = json("preprocessing.json");
    assertThat(stored.get("classes")).hasSize(10);
    assertThat(stored.get("mean")).hasSize(64);
    assertThat(stored.get("columns").get(0).get("name").asText())
        .isEqualTo(digits.columns().get(0).name());
    assertThat(stored.get("inside_the_model").asBoolean()).isTrue();
  }

  @Test
  void storesTheShareOfEachClassAmongTheTrainingRows() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "x,y\n1,q\n2,p\n3,q\n4,q\n");
    write(
        DataSets.read(
            folder, Jobs.data("{format: csv, path: t.csv, label: y, validation_split: 0}"), 1),
        Jobs.mlp(8));
    Preprocessing read = Preprocessing.read(folder.resolve("model"));
    assertThat(read.classes()).containsExactly("p", "q");
    assertThat(read.classShares()).containsExactly(0.25f, 0.75f);
    write(
        DataSets.read(
            folder,
            Jobs.data(
                "{format: csv, path: t.csv, label: x, validation_split: 0, task: regression}"),
            1),
        Jobs.mlp(8));
    assertThat(Preprocessing.read(folder.resolve("model")).classShares()).isEmpty();
  }

  @Test
  void readsFoldersWrittenBeforeThereWereShares() throws IOException {
    write(DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42), Jobs.mlp(8));
    ObjectNode stored = (ObjectNode) json("preprocessing.json");
    assertThat(stored.remove("class_shares")).hasSize(10);
    Json.MAPPER.writeValue(folder.resolve("model/preprocessing.json").toFile(), stored);
    assertThat(Preprocessing.read(folder.resolve("model")).classShares()).isEmpty();
  }

  @Test
  void showsARealRowAsExample() throws IOException {
    DataSet digits = DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42);
    write(digits, Jobs.mlp(8));
    JsonNode frame = json("serving_input_example.json").get("dataframe_split");
    assertThat(frame.get("columns")).hasSize(64);
    assertThat(frame.get("data").get(0).get(3).floatValue())
        .isEqualTo(digits.value(digits.trainRows()[0], 3));
  }

  @Test
  void showsCellsAsACallerHasThem() throws IOException {
    Files.writeString(
        folder.resolve("t.csv"),
        "i,n,b,c,m,y\n7,0.5,true,red,,p\n7,0.5,true,red,,p\n7,0.5,true,red,1,q\n");
    write(
        DataSets.read(
            folder, Jobs.data("{format: csv, path: t.csv, label: y, validation_split: 0}"), 1),
        Jobs.mlp(8));
    assertThat(json("input_example.json").get("data").get(0))
        .hasToString("[7,0.5,true,\"red\",null]");
  }

  @Test
  void showsAnImageAsNestedNumbers() throws IOException {
    RealImages.idx(folder.resolve("digits"), 60);
    write(
        DataSets.read(folder, Jobs.folder(Train.Format.IDX, "digits"), 9),
        Jobs.model("{type: lenet}"));
    JsonNode image = json("input_example.json").get(0);
    assertThat(image).hasSize(1);
    assertThat(image.get(0)).hasSize(16);
    assertThat(image.get(0).get(15)).hasSize(16);
  }

  private JsonNode json(String name) throws IOException {
    return Json.MAPPER.readTree(folder.resolve("model").resolve(name).toFile());
  }

  private void write(DataSet data, Train.Model model) throws IOException {
    Path network = Files.writeString(folder.resolve("network.pt"), "weights");
    Clock clock = Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC);
    new ModelFolder(folder.resolve("model"), data, Statistics.of(data), model, clock)
        .write(network);
  }
}
