package nomadml.trainer.data;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
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
    MessageDigest digest = Sha256.digest();
    try (InputStream raw =
        new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest)) {
      parse(new BufferedReader(new InputStreamReader(unpacked(raw), StandardCharsets.UTF_8)));
      raw.transferTo(OutputStream.nullOutputStream()); // What follows is part of the checksum.
    } catch (ZipException e) {
      throw TrainingFailure.userError(
          "%s is not gzip though its name ends in .gz: %s".formatted(data.path(), e.getMessage()),
          "rename it to end in .txt, or pack it with gzip");
    }
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
        Sha256.hex(digest));
  }

  private InputStream unpacked(InputStream raw) throws IOException {
    return file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
  }

  private void parse(BufferedReader reader) throws IOException {
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (number == 1 && line.startsWith("\uFEFF")) {
        line = line.substring(1); // Editors write a byte order mark.
      }
      if (!line.isBlank()) {
        parse(line, number);
      }
    }
  }

  private void parse(String line, int number) {
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
