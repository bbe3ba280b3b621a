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

  private static List<Dataset> used(String schema) {
    return UsedData.of(
        Jobs.csv("sets/a.csv", "y"),
        Map.of(
            "data_sha256", "d5", "train_rows", "8", "validation_rows", "2", "data_schema", schema));
  }
}
