package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        Jobs.data("{format: csv, path: t.csv, label: y, features: [b, a], validation_split: 0}");
    DataSet data = DataSets.read(folder, chosen, 1);
    assertThat(((DataSet.Numbers) data.features()).values()).containsExactly(2, 1, 4, 3);
    assertThat(data.columns()).extracting(Column::name).containsExactly("b", "a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x,y\\n1,a\\nred,b\\n | line 3 column \"x\" is not a number: \"red\"",
        "x,y\\n1,a\\nInfinity,b\\n | line 3 column \"x\" is not a number: \"Infinity\"",
        "x,y\\n1,a\\n2d,b\\n | line 3 column \"x\" is not a number: \"2d\"",
        "x,y\\nNA,a\\n,b\\n | column \"x\" has no value in any training row",
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

  @Test
  void tellsIntegersFromNumbersTruthsAndCategories() throws IOException {
    DataSet data = read("i,n,b,c,y\n1,1,true,red,p\n-2,0.5,False,blue,q\n3,2e3,TRUE,red,p\n");
    assertThat(data.columns())
        .containsExactly(
            column("i", Column.Kind.INTEGER),
            column("n", Column.Kind.NUMBER),
            column("b", Column.Kind.BOOLEAN),
            column("c", Column.Kind.CATEGORY, "blue", "red"));
    assertThat(values(data)).containsExactly(1, 1, 1, 1, -2, 0.5f, 0, 0, 3, 2000, 1, 1);
  }

  @Test
  void readsEmptyCellsAndTheWordsForNothingAsMissing() throws IOException {
    DataSet data = read("n,c,y\n,NA,p\n1,a,q\nnan,NULL,p\nN/A,,p\n<NA>,None,p\n");
    assertThat(values(data))
        .containsExactly(
            nothing(), nothing(), 1, 0, nothing(), nothing(), nothing(), nothing(), nothing(),
            nothing());
    assertThat(data.columns()).extracting(Column::missing).containsExactly(false, true);
  }

  @Test
  void marksMissingNumbersWhenAsked() throws IOException {
    DataSet data = read("a,b,y\n1,,p\n2,3,q\n", "validation_split: 0, missing_indicator: true");
    assertThat(data.columns()).extracting(Column::missing).containsExactly(false, true);
  }

  @Test
  void takesListedNumbersForCategoriesInTheirOrder() throws IOException {
    DataSet data = read("zip,y\n10,p\n9,q\n,p\n10,q\n", "validation_split: 0, categorical: [zip]");
    assertThat(data.columns().get(0).categories()).containsExactly("9", "10");
    assertThat(values(data)).containsExactly(1, 0, nothing(), 1);
  }

  @Test
  void keepsTheMostFrequentOfAListedColumn() throws IOException {
    String rows = "a,p\nb,q\nc,p\nb,q\nc,p\nd,p\n";
    DataSet data = read("c,y\n" + rows, "validation_split: 0, categorical: [c], max_categories: 2");
    assertThat(data.columns().get(0).categories()).containsExactly("b", "c");
    assertThat(data.columns().get(0).other()).isTrue();
    assertThat(values(data)).containsExactly(2, 0, 1, 0, 1, 2);
  }

  @Test
  void learnsCategoriesFromTrainingRowsOnly() throws IOException {
    StringBuilder text = new StringBuilder("c,y\n");
    for (int row = 0; row < 40; row++) {
      text.append("word").append(row).append(row % 2 == 0 ? ",p\n" : ",q\n");
    }
    DataSet data = read(text.toString(), "validation_split: 0.25");
    assertThat(data.columns().get(0).categories()).hasSize(30);
    assertThat(data.columns().get(0).other()).isFalse();
    for (int row : data.validationRows()) {
      assertThat(data.value(row, 0)).isEqualTo(30);
    }
  }

  @Test
  void refusesWordsThatAreAllDifferent() {
    String rows = "anna,p\nbert,q\ncarl,p\n";
    TrainingFailure failure =
        catchThrowableOfType(
            TrainingFailure.class, () -> read("name,y\n" + rows, "max_categories: 2"));
    assertThat(failure)
        .hasMessageContaining("line 4: column \"name\" holds more than 2 different words");
    assertThat(failure.hint()).contains("train.data.categorical");
  }

  @Test
  void refusesACategoricalColumnThatIsNotThere() {
    assertThatThrownBy(() -> read("x,y\n1,a\n", "categorical: [z]"))
        .hasMessageContaining("train.data.categorical names the column \"z\"");
  }

  @Test
  void refusesMoreNumbersThanOneArrayHolds() {
    CsvTable table =
        new CsvTable(Jobs.csv("t.csv", "y"), List.of("a", "b", "y"), 2, new int[] {0, 1}, 5);
    table.add(new String[] {"1", "2", "p"}, 2);
    table.add(new String[] {"1", "2", "p"}, 3);
    assertThatThrownBy(() -> table.add(new String[] {"1", "2", "p"}, 4))
        .hasMessageContaining("more than 2 rows of 2 columns (line 4): a table may hold 5 numbers");
  }

  private static Column column(String name, Column.Kind kind, String... categories) {
    return new Column(name, kind, List.of(categories), false, false);
  }

  private static float nothing() {
    return Float.NaN;
  }

  private static float[] values(DataSet data) {
    return ((DataSet.Numbers) data.features()).values();
  }

  private DataSet read(String text) throws IOException {
    return read(text, "validation_split: 0");
  }

  private DataSet read(String text, String options) throws IOException {
    Files.writeString(folder.resolve("t.csv"), text);
    return DataSets.read(
        folder, Jobs.data("{format: csv, path: t.csv, label: y, " + options + "}"), 1);
  }
}
