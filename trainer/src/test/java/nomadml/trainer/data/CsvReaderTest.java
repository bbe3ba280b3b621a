package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import nomadml.spec.FailureCause;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvReaderTest {
  @TempDir private Path folder;

  @Test
  void readsTheRealDigits() {
    DataSet digits = DataSets.read(Jobs.EXAMPLES, Jobs.csv("data/digits.csv.gz", "digit"), 42);
    assertThat(digits.targets()).hasSize(1797);
    assertThat(digits.width()).isEqualTo(64);
    assertThat(digits.classes()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    assertThat(digits.validationRows()).hasSize(359);
    assertThat(digits.sha256()).hasSize(64);
  }

  @Test
  void ordersIntegerClassesByValueAndWordsBySpelling() throws IOException {
    assertThat(read("x,y\n1,10\n2,9\n3,10\n4,9\n").classes()).containsExactly("9", "10");
    assertThat(read("x,y\n1,no\n2,yes\n3,no\n").classes()).containsExactly("no", "yes");
  }

  @Test
  void takesNumbersWithFractionsForRegression() throws IOException {
    DataSet data = read("x,y\n1,0.5\n2,1\n");
    assertThat(data.isClassification()).isFalse();
    assertThat(data.targets()).containsExactly(0.5f, 1);
  }

  @Test
  void readsQuotedCellsAndOnlyTheFeaturesNamed() throws IOException {
    Files.writeString(
        folder.resolve("t.csv"),
        "\uFEFFa,\"the, name\",b,y\r\n1,\"x, \"\"y\"\"\",2,p\r\n3,z,4,q\r\n");
    Train.Data chosen =
        Jobs.data("path=t.csv", "label=y", "features=[\"b\", \"a\"]", "validation_split=0");
    DataSet data = DataSets.read(folder, chosen, 1);
    assertThat(((DataSet.Numbers) data.features()).values()).containsExactly(2, 1, 4, 3);
    assertThat(data.featureNames()).containsExactly("b", "a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x,y\\n1,a\\nred,b\\n | line 3 column \"x\" is not a number: \"red\"",
        "x,y\\n1,a\\nNaN,b\\n | line 3 column \"x\" is not a number: \"NaN\"",
        "x,y\\n1,a\\n2\\n | line 3 has 1 cells, the header has 2",
        "x,y\\n | has no rows",
        "'' | has no rows",
        "x,x,y\\n1,2,a\\n | two columns named \"x\"",
        "x,y\\n1,a\\n2,\\n | line 3 has no label",
        "x,y\\n1,a\\n2,a\\n | the one class \"a\"",
        "y\\na\\n | no column but the label",
        "x,label\\n1,a\\n | names the column \"y\""
      })
  void namesWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> read(text.replace("\\n", "\n")))
        .isInstanceOf(TrainingFailure.class)
        .hasMessageContaining(message);
  }

  @Test
  void suggestsTheLabelThatWasMeant() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "x,digit\n1,1\n");
    TrainingFailure failure =
        catchThrowableOfType(
            TrainingFailure.class, () -> DataSets.read(folder, Jobs.csv("t.csv", "digits"), 1));
    assertThat(failure.hint()).isEqualTo("did you mean \"digit\"?");
  }

  @Test
  void tellsThatAFileIsMissing() {
    TrainingFailure failure =
        catchThrowableOfType(
            TrainingFailure.class, () -> DataSets.read(folder, Jobs.csv("none.csv", "y"), 1));
    assertThat(failure.failureCause()).isEqualTo(FailureCause.DATA_MISSING);
  }

  @Test
  void refusesAFileThatIsNoGzip() throws IOException {
    Files.writeString(folder.resolve("t.csv.gz"), "x,y\n1,a\n");
    assertThatThrownBy(() -> DataSets.read(folder, Jobs.csv("t.csv.gz", "y"), 1))
        .hasMessageContaining("is not gzip");
  }

  @Test
  void refusesAClassThatOnlyValidationRowsHave() throws IOException {
    String rows = "1,a\n2,b\n".repeat(20);
    Files.writeString(folder.resolve("t.csv"), "x,y\n" + rows + "9,rare\n");
    long seed = 0;
    while (!isHeldOut(seed)) {
      seed++;
    }
    long unlucky = seed;
    TrainingFailure failure =
        catchThrowableOfType(
            TrainingFailure.class, () -> DataSets.read(folder, Jobs.csv("t.csv", "y"), unlucky));
    assertThat(failure).hasMessageContaining("class rare is only in the held-out rows");
    assertThat(failure.hint()).contains("another train.seed");
  }

  private static boolean isHeldOut(long seed) {
    for (int row : Split.random(41, 0.2, 0, seed).validation()) {
      if (row == 40) {
        return true;
      }
    }
    return false;
  }

  private DataSet read(String text) throws IOException {
    Files.writeString(folder.resolve("t.csv"), text);
    return DataSets.read(folder, Jobs.data("path=t.csv", "label=y", "validation_split=0"), 1);
  }
}
