package nomadml.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;

/**
 * Reads a text file with one example a line, {@code label<TAB>text}; gzip when its name ends in
 * {@code .gz}.
 */
final class TextReader {
  private final Path file;
  private final Train.Data data;
  private final List<String> labels = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();

  TextReader(Path file, Train.Data data) {
    this.file = file;
    this.data = data;
  }

  /** The token ids with a vocabulary of the training rows. */
  DataSet read(long seed) throws IOException {
    String sha256 = new TextFile(file, data.path()).read(this::line);
    if (texts.isEmpty()) {
      throw TrainingFailure.userError(
          data.path() + " has no lines", "the file needs one example a line: label<TAB>text");
    }
    Labels read = Labels.of(labels, Train.Task.CLASSIFICATION, "label", data.path());
    Split split = Split.random(texts.size(), data.validationSplit(), data.testSplit(), seed);
    split.requireEveryClassInTraining(read.targets(), read.classes());
    List<String> training = Arrays.stream(split.train()).mapToObj(texts::get).toList();
    Tokenizer tokenizer = Tokenizer.learn(data.text(), training);
    if (data.text().tokens() == Train.Tokens.WORDS && tokenizer.size() <= Tokenizer.UNKNOWN + 1) {
      throw TrainingFailure.userError(
          "no word occurs %d times in the training rows of %s"
              .formatted(data.text().minimumFrequency(), data.path()),
          "lower train.data.text.minimum_frequency or bring more lines");
    }
    return new DataSet(
        new DataSet.Tokens(encode(tokenizer), texts.get(split.train()[0]), tokenizer),
        List.of(data.text().sequenceLength()),
        List.of(),
        read.targets(),
        read.classes(),
        split.train(),
        split.validation(),
        split.test(),
        sha256);
  }

  private void line(String line, int number) {
    if (line.isBlank()) {
      return;
    }
    int tab = line.indexOf('\t');
    if (tab < 0) {
      throw TrainingFailure.userError(
          "%s line %d has no tab between label and text".formatted(data.path(), number),
          "write one example a line: label<TAB>text");
    }
    String label = line.substring(0, tab).strip();
    String text = line.substring(tab + 1);
    if (label.isEmpty() || text.isBlank()) {
      throw TrainingFailure.userError(
          "%s line %d has no %s".formatted(data.path(), number, label.isEmpty() ? "label" : "text"),
          "fill it in or remove the line");
    }
    labels.add(label);
    texts.add(text);
  }

  private int[] encode(Tokenizer tokenizer) {
    int length = data.text().sequenceLength();
    if ((long) texts.size() * length > Integer.MAX_VALUE - 16) {
      throw TrainingFailure.userError(
          "%d texts of %d tokens are more than one data set may have"
              .formatted(texts.size(), length),
          "lower train.data.text.sequence_length");
    }
    int[] ids = new int[texts.size() * length];
    for (int row = 0; row < texts.size(); row++) {
      System.arraycopy(tokenizer.encode(texts.get(row)), 0, ids, row * length, length);
    }
    return ids;
  }
}
