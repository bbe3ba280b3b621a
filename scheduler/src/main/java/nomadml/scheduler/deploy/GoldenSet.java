package nomadml.scheduler.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/**
 * Rows whose answers are known.
 *
 * @param header the columns without the label
 * @param rows the cells without the label's
 * @param labels the truth of each row
 */
record GoldenSet(List<String> header, List<List<String>> rows, List<String> labels) {
  private static final CsvMapper CSV =
      CsvMapper.builder().enable(CsvParser.Feature.WRAP_AS_ARRAY).build();

  /** Rows in one request. */
  private static final int BATCH = 64;

  static GoldenSet parse(byte[] content, String name, String label) {
    List<List<String>> lines = read(content, name);
    int column = lines.isEmpty() ? -1 : lines.get(0).indexOf(label);
    if (column < 0) {
      throw refused(
          name, "has no column '" + label + "'", "--golden-label names one of its first line");
    }
    List<List<String>> rows = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (int line = 0; line < lines.size(); line++) {
      List<String> cells = new ArrayList<>(lines.get(line));
      if (cells.size() != lines.get(0).size()) {
        throw refused(
            name,
            "has %d cells in line %d, its first line %d"
                .formatted(cells.size(), line + 1, lines.get(0).size()),
            "each line needs a cell for each column");
      }
      labels.add(cells.remove(column));
      rows.add(cells);
    }
    if (rows.size() == 1) {
      throw refused(name, "has no rows", "a line for each example below the names of the columns");
    }
    return new GoldenSet(
        rows.get(0), rows.subList(1, rows.size()), labels.subList(1, labels.size()));
  }

  private static List<List<String>> read(byte[] content, String name) {
    boolean isPacked = content.length > 2 && content[0] == (byte) 0x1f && content[1] == (byte) 0x8b;
    try (InputStream plain =
            isPacked
                ? new GZIPInputStream(new ByteArrayInputStream(content))
                : new ByteArrayInputStream(content);
        MappingIterator<String[]> lines = CSV.readerFor(String[].class).readValues(plain)) {
      List<List<String>> read = new ArrayList<>();
      lines.forEachRemaining(line -> read.add(Arrays.asList(line)));
      return read;
    } catch (IOException | RuntimeException e) {
      throw refused(name, "is no CSV: " + e.getMessage(), "columns separated by commas");
    }
  }

  private static SchedulerFailure refused(String name, String why, String hint) {
    return new SchedulerFailure(ExitCode.USAGE, "golden set " + name + " " + why, hint);
  }

  /**
   * The share of rows that a server answers rightly.
   *
   * @param classes the names of the network's outputs; empty when they are its answers' numbers
   */
  double accuracy(Predictions predictions, String address, List<String> classes) {
    int right = 0;
    for (int from = 0; from < rows.size(); from += BATCH) {
      int to = Math.min(rows.size(), from + BATCH);
      JsonNode answers = predictions.ask(address, csv(from, to));
      if (answers.size() != to - from) {
        throw new SchedulerFailure(
            ExitCode.SERVER_UNREACHABLE,
            "the server at %s answered %d predictions to %d rows"
                .formatted(address, answers.size(), to - from),
            null);
      }
      for (int row = from; row < to; row++) {
        right += isSame(answer(answers.get(row - from), classes), labels.get(row)) ? 1 : 0;
      }
    }
    return (double) right / rows.size();
  }

  private String csv(int from, int to) {
    List<List<String>> lines = new ArrayList<>(List.of(header));
    lines.addAll(rows.subList(from, to));
    try {
      return CSV.writerFor(List.class).writeValueAsString(lines);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The class with the highest output; one output is the answer itself. */
  private static String answer(JsonNode prediction, List<String> classes) {
    JsonNode value = prediction.isObject() ? prediction.iterator().next() : prediction;
    while (value.isArray() && value.size() == 1) {
      value = value.get(0);
    }
    if (!value.isArray()) {
      return value.asText();
    }
    int best = 0;
    for (int i = 1; i < value.size(); i++) {
      best = value.get(i).asDouble() > value.get(best).asDouble() ? i : best;
    }
    return best < classes.size() ? classes.get(best) : Integer.toString(best);
  }

  private static boolean isSame(String answer, String label) {
    if (answer.equals(label)) {
      return true;
    }
    try {
      return Double.parseDouble(answer) == Double.parseDouble(label);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
