package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextReaderTest {
  private static final String TEXTS = "good\tA fine day, a fine day!\nbad\tRain.\n\ngood\tSun\n";

  @TempDir private Path folder;

  @Test
  void readsLabelsAndTokens() throws IOException {
    DataSet data = read(TEXTS, "t.tsv", "{sequence_length: 4, minimum_frequency: 1}");
    assertThat(data.classes()).containsExactly("bad", "good");
    assertThat(data.targets()).containsExactly(1, 0, 1);
    assertThat(data.shape()).containsExactly(4);
    DataSet.Tokens tokens = (DataSet.Tokens) data.features();
    assertThat(tokens.tokenizer().vocabulary())
        .containsExactly("<padding>", "<unknown>", ",", ".", "a", "day", "fine", "rain", "sun");
    assertThat(tokens.ids()).containsExactly(4, 6, 5, 2, 7, 3, 0, 0, 8, 0, 0, 0);
    assertThat(tokens.example()).isEqualTo("A fine day, a fine day!");
  }

  @Test
  void readsTheExamplesSentences() {
    Train.Data addresses = settings("data/sotu.tsv.gz", "{sequence_length: 48}", 0.2);
    DataSet data = DataSets.read(Jobs.EXAMPLES, addresses, 42);
    assertThat(data.classes()).containsExactly("nineteenth", "twentieth", "twenty-first");
    int[] counts = new int[3];
    for (float target : data.targets()) {
      counts[(int) target]++;
    }
    assertThat(counts).containsExactly(1900, 1900, 1900);
  }

  @Test
  void readsGzip() throws IOException {
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("t.txt.gz")))) {
      out.write(("\uFEFF" + TEXTS).getBytes(StandardCharsets.UTF_8));
    }
    DataSet data = DataSets.read(folder, settings("t.txt.gz", "{tokens: bytes}", 0), 1);
    assertThat(data.classes()).containsExactly("bad", "good");
  }

  @Test
  void learnsItsWordsFromTheTrainingRowsOnly() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int row = 0; row < 100; row++) {
      lines.append(row % 2).append("\tword").append(row).append('\n');
    }
    Files.writeString(folder.resolve("t.txt"), lines);
    DataSet data = DataSets.read(folder, settings("t.txt", "{minimum_frequency: 1}", 0.2), 1);
    for (int row : data.trainRows()) {
      assertThat(data.value(row, 0)).isGreaterThan(Tokenizer.UNKNOWN);
    }
    for (int row : data.validationRows()) {
      assertThat(data.value(row, 0)).isEqualTo(Tokenizer.UNKNOWN);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'a\tone\nno tab\n'       | t.txt line 2 has no tab between label and text",
        "'a\tone\nb\t \n'         | t.txt line 2 has no text",
        "'\tone\n'                | t.txt line 1 has no label",
        "''                       | t.txt has no lines",
        "'\n\n'                   | t.txt has no lines",
        "'a\tone\na\ttwo\n'       | 't.txt column \"label\" has the one class \"a\" in all rows'",
      })
  void refusesWhatIsNoLabelAndText(String content, String message) {
    assertThatThrownBy(() -> read(content, "t.txt", "{}"))
        .isInstanceOf(TrainingFailure.class)
        .hasMessage(message);
  }

  @Test
  void refusesTextsWhoseWordsAreAllRare() {
    assertThatThrownBy(() -> read("a\tone\nb\ttwo\n", "t.txt", "{}"))
        .isInstanceOf(TrainingFailure.class)
        .hasMessage("no word occurs 2 times in the training rows of t.txt");
  }

  @Test
  void refusesWhatIsNoGzip() {
    assertThatThrownBy(() -> read(TEXTS, "t.txt.gz", "{}"))
        .isInstanceOf(TrainingFailure.class)
        .hasMessageContaining("t.txt.gz is not gzip though its name ends in .gz");
  }

  private DataSet read(String content, String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), content);
    return DataSets.read(folder, settings(name, text, 0), 1);
  }

  private static Train.Data settings(String name, String text, double split) {
    return Jobs.data(
        "{format: text, path: %s, validation_split: %s, text: %s}".formatted(name, split, text));
  }
}
