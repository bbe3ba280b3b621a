package nomadml.trainer.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.Sentences;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSchemaTest {
  @TempDir private Path folder;

  @Test
  void tellsTheTypeOfEachColumnAndWhereCellsAreMissing() throws IOException {
    Files.writeString(
        folder.resolve("t.csv"), "i,n,b,c,y\n7,0.5,true,red,p\n,0.5,true,,p\n7,1,false,blue,q\n");
    assertThat(table("t.csv", "y"))
        .isEqualTo(
            "{\"mlflow_colspec\":["
                + "{\"type\":\"long\",\"name\":\"i\",\"required\":false},"
                + "{\"type\":\"double\",\"name\":\"n\",\"required\":true},"
                + "{\"type\":\"boolean\",\"name\":\"b\",\"required\":true},"
                + "{\"type\":\"string\",\"name\":\"c\",\"required\":false},"
                + "{\"type\":\"string\",\"name\":\"y\",\"required\":true}]}");
  }

  @Test
  void tellsTheTypeOfTheLabel() throws IOException {
    Files.writeString(folder.resolve("long.csv"), "a,y\n1,3\n2,-4\n");
    assertThat(table("long.csv", "y")).contains("\"type\":\"long\",\"name\":\"y\"");
    Files.writeString(folder.resolve("double.csv"), "a,y\n1,3.5\n2,-4\n");
    assertThat(table("double.csv", "y")).contains("\"type\":\"double\",\"name\":\"y\"");
  }

  @Test
  void tellsTheShapeOfImages() throws IOException {
    RealImages.idx(folder.resolve("digits"), 60);
    DataSet images = DataSets.read(folder, Jobs.folder(Train.Format.IDX, "digits"), 9);
    String pixels =
        "[{\\\"type\\\":\\\"tensor\\\",\\\"tensor-spec\\\":{\\\"dtype\\\":\\\"uint8\\\",\\\"shape\\\":[-1,1,16,16]}}]";
    String targets =
        "[{\\\"type\\\":\\\"tensor\\\",\\\"tensor-spec\\\":{\\\"dtype\\\":\\\"int64\\\",\\\"shape\\\":[-1]}}]";
    assertThat(DataSchema.of(images, "label"))
        .isEqualTo(
            "{\"mlflow_tensorspec\":{\"features\":\"%s\",\"targets\":\"%s\"}}"
                .formatted(pixels, targets));
  }

  @Test
  void namesTheColumnsOfTexts() throws IOException {
    Sentences.write(folder.resolve("t.tsv"), 40);
    DataSet texts = DataSets.read(folder, Jobs.data("{format: text, path: t.tsv, text: {}}"), 1);
    assertThat(DataSchema.of(texts, "label"))
        .isEqualTo(
            "{\"mlflow_colspec\":[{\"type\":\"string\",\"name\":\"text\",\"required\":true},"
                + "{\"type\":\"string\",\"name\":\"label\",\"required\":true}]}");
  }

  @Test
  void leavesOutWhatIsTooWideForMlflow() throws IOException {
    String names =
        IntStream.range(0, 2000).mapToObj(i -> "column" + i).collect(Collectors.joining(","));
    String ones = "1,".repeat(2000);
    Files.writeString(folder.resolve("wide.csv"), "%s,y\n%sa\n%sb\n".formatted(names, ones, ones));
    assertThat(table("wide.csv", "y")).isEmpty();
  }

  private String table(String name, String label) throws IOException {
    return DataSchema.of(
        DataSets.read(
            folder,
            Jobs.data(
                "{format: csv, path: %s, label: %s, validation_split: 0}".formatted(name, label)),
            1),
        label);
  }
}
