package nomadml.trainer.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/**
 * One column while its cells come by: the first value says whether it holds numbers or words. Words
 * are numbered as they come; {@link #column} puts them in an order once the training rows are
 * known.
 */
final class ColumnReader {
  private static final int MOST_WORDS = 100_000;
  private static final Set<String> TRUTHS = Set.of("true", "false");

  private final String path;
  private final String name;
  private final boolean listed;
  private final Train.Data data;
  private final Map<String, Integer> words = new HashMap<>();
  private @Nullable Boolean holdsWords;
  private boolean integers = true;

  ColumnReader(String name, Train.Data data) {
    this.path = data.path();
    this.name = name;
    this.listed = data.categorical().contains(name);
    this.data = data;
  }

  /** The cell's number: its value, or that of its word; NaN when it is missing. */
  float read(String cell, int line) {
    if (Cells.isMissing(cell)) {
      return Float.NaN;
    }
    if (holdsWords == null) {
      holdsWords = listed || Float.isNaN(Cells.number(cell));
    }
    return holdsWords ? word(cell, line) : number(cell, line);
  }

  private float number(String cell, int line) {
    float number = Cells.number(cell);
    if (Float.isNaN(number)) {
      throw TrainingFailure.userError(
          "%s line %d column \"%s\" is not a number: \"%s\"".formatted(path, line, name, cell),
          "mend or empty the cell, name the column in train.data.categorical if it holds categories, or leave it out by listing train.data.features");
    }
    integers = integers && Cells.isInteger(cell);
    return number;
  }

  private float word(String cell, int line) {
    Integer known = words.get(cell);
    if (known != null) {
      return known;
    }
    if (words.size() >= (listed ? MOST_WORDS : data.maxCategories())) {
      throw TrainingFailure.userError(
          "%s line %d: column \"%s\" holds more than %d different words, such as \"%s\""
              .formatted(path, line, name, words.size(), cell),
          listed
              ? "leave the column out by listing train.data.features"
              : "leave it out by listing train.data.features, or name it in train.data.categorical to keep the %d most frequent"
                  .formatted(data.maxCategories()));
    }
    words.put(cell, words.size());
    return words.size() - 1;
  }

  /**
   * What the column holds by its training rows; its numbers are put into their final order.
   *
   * @param values of the whole table, row by row
   * @param at where the column's first value is
   */
  Column column(float[] values, int at, int width, int[] trainRows) {
    int[] counts = new int[Math.max(1, words.size())];
    boolean missing = false;
    int present = 0;
    for (int row : trainRows) {
      float value = values[row * width + at];
      if (Float.isNaN(value)) {
        missing = true;
      } else {
        present++;
        if (!words.isEmpty()) {
          counts[(int) value]++;
        }
      }
    }
    if (present == 0) {
      throw TrainingFailure.userError(
          "%s column \"%s\" has no value in any training row".formatted(path, name),
          "leave it out by listing train.data.features");
    }
    if (words.isEmpty()) {
      Column.Kind kind = integers ? Column.Kind.INTEGER : Column.Kind.NUMBER;
      return new Column(name, kind, List.of(), false, missing && data.missingIndicator());
    }
    String[] texts = new String[words.size()];
    words.forEach((text, number) -> texts[number] = text);
    if (!listed && Arrays.stream(texts).map(ColumnReader::lower).allMatch(TRUTHS::contains)) {
      int[] truths =
          Arrays.stream(texts).mapToInt(text -> lower(text).equals("true") ? 1 : 0).toArray();
      renumber(values, at, width, truths);
      return new Column(
          name, Column.Kind.BOOLEAN, List.of(), false, missing && data.missingIndicator());
    }
    return categories(values, at, width, texts, counts, missing);
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** The most frequent of the training rows have inputs of their own. */
  private Column categories(
      float[] values, int at, int width, String[] texts, int[] counts, boolean missing) {
    List<Integer> seen = new ArrayList<>();
    IntStream.range(0, texts.length).filter(i -> counts[i] > 0).forEach(seen::add);
    boolean other = seen.size() > data.maxCategories();
    seen.sort(Comparator.comparingInt((Integer i) -> -counts[i]).thenComparing(i -> texts[i]));
    List<String> kept =
        Labels.inOrder(seen.stream().limit(data.maxCategories()).map(i -> texts[i]).toList());
    int[] numbers = new int[texts.length];
    Arrays.fill(numbers, kept.size());
    for (int i = 0; i < kept.size(); i++) {
      Integer word = words.get(kept.get(i));
      if (word != null) {
        numbers[word] = i;
      }
    }
    renumber(values, at, width, numbers);
    return new Column(name, Column.Kind.CATEGORY, kept, other, missing);
  }

  private static void renumber(float[] values, int at, int width, int[] numbers) {
    for (int i = at; i < values.length; i += width) {
      if (!Float.isNaN(values[i])) {
        values[i] = numbers[(int) values[i]];
      }
    }
  }
}
