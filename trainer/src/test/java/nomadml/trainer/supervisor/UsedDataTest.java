package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import nomadml.trainer.Jobs;
import nomadml.trainer.report.Dataset;
import org.junit.jupiter.api.Test;

class UsedDataTest {
  private static final String COLUMNS =
      "{\"mlflow_colspec\":[{\"type\":\"long\",\"name\":\"a\"},{\"type\":\"string\",\"name\":\"y\"}]}";
  private static final String TENSORS = "{\"mlflow_tensorspec\":{\"features\":\"[]\"}}";

  @Test
  void tellsSchemaRowsAndColumnsOfEachPart() {
    List<Dataset> used = used(COLUMNS);
    assertThat(used).extracting(Dataset::context).containsExactly("training", "validation");
    assertThat(used).extracting(Dataset::schema).containsOnly(COLUMNS);
    assertThat(used.get(0).profile())
        .isEqualTo(Map.of("num_rows", 8L, "num_columns", 2L, "num_elements", 16L));
    assertThat(used.get(1).profile())
        .isEqualTo(Map.of("num_rows", 2L, "num_columns", 2L, "num_elements", 4L));
  }

  @Test
  void countsNoColumnsWhereThereAreNone() {
    assertThat(used(TENSORS).get(0).schema()).isEqualTo(TENSORS);
    assertThat(used(TENSORS).get(0).profile()).isEqualTo(Map.of("num_rows", 8L));
    assertThat(used("").get(0).schema()).isNull();
    assertThat(used("no JSON").get(0).profile()).isEqualTo(Map.of("num_rows", 8L));
  }

  @Test
  void namesSourcesAsMlflowOpensThem() {
    assertThat(used("sets/a.csv", "").get(0))
        .returns("local", Dataset::sourceType)
        .returns(Map.of("uri", "sets/a.csv", "sha256", "d5"), Dataset::source);
    assertThat(used("https://host/a.csv?secret", "").get(0))
        .returns("http", Dataset::sourceType)
        .returns(Map.of("url", "https://host/a.csv", "sha256", "d5"), Dataset::source);
    assertThat(used("s3://bucket/a.csv", "").get(0).sourceType()).isEqualTo("s3");
    assertThat(used("runs:/abc/a.csv", "").get(0))
        .returns("local", Dataset::sourceType)
        .returns(Map.of("uri", "runs:/abc/a.csv", "sha256", "d5"), Dataset::source);
  }

  private static List<Dataset> used(String schema) {
    return used("sets/a.csv", schema);
  }

  private static List<Dataset> used(String path, String schema) {
    return UsedData.of(
        Jobs.data("{format: csv, path: '%s', label: y}".formatted(path)),
        Map.of(
            "data_sha256", "d5", "train_rows", "8", "validation_rows", "2", "data_schema", schema));
  }
}
