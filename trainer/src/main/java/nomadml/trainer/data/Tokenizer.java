package nomadml.trainer.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import nomadml.spec.Train;

/**
 * Text to token ids, the same as {@code tokenizer.py} in the model folder. Words are runs of
 * letters, marks, numbers and underscores; each punctuation mark or symbol is a token of its own;
 * the rest separates. Or each byte of the UTF-8 is a token.
 */
public final class Tokenizer {
  public static final int PADDING = 0;
  public static final int UNKNOWN = 1;

  /** What an id that is no word is called in the vocabulary. */
  private static final List<String> RESERVED = List.of("<padding>", "<unknown>");

  private final Train.Text settings;
  private final List<String> vocabulary;
  private final Map<String, Integer> ids = new HashMap<>();

  private Tokenizer(Train.Text settings, List<String> vocabulary) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    for (int id = RESERVED.size(); id < vocabulary.size(); id++) {
      ids.put(vocabulary.get(id), id);
    }
  }

  /**
   * A tokenizer whose vocabulary are the texts' most frequent words; the words of equal frequency
   * are in the order of their spelling.
   *
   * @param texts of the training rows only
   */
  static Tokenizer learn(Train.Text settings, Iterable<String> texts) {
    if (settings.tokens() == Train.Tokens.BYTES) {
      return new Tokenizer(settings, List.of());
    }
    Map<String, Integer> counts = new HashMap<>();
    for (String text : texts) {
      words(text, settings).forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    List<String> vocabulary = new ArrayList<>(RESERVED);
    counts.entrySet().stream()
        .filter(entry -> entry.getValue() >= settings.minimumFrequency())
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(settings.vocabularySize() - RESERVED.size())
        .map(Map.Entry::getKey)
        .forEach(vocabulary::add);
    return new Tokenizer(settings, List.copyOf(vocabulary));
  }

  /** A tokenizer of texts that are ids already, with blanks between them. */
  public static Tokenizer ofIds(int sequenceLength, int size) {
    List<String> vocabulary = new ArrayList<>(RESERVED);
    for (int id = RESERVED.size(); id < size; id++) {
      vocabulary.add(Integer.toString(id));
    }
    Train.Text settings = new Train.Text(Train.Tokens.WORDS, sequenceLength, size, 1, false);
    return new Tokenizer(settings, List.copyOf(vocabulary));
  }

  /** The tokenizer with a vocabulary that was learnt before. */
  public static Tokenizer of(Train.Text settings, List<String> vocabulary) {
    return new Tokenizer(settings, List.copyOf(vocabulary));
  }

  public Train.Text settings() {
    return settings;
  }

  /** The words in the order of their ids; empty for bytes. */
  public List<String> vocabulary() {
    return vocabulary;
  }

  /** How many ids there are. */
  public int size() {
    return settings.tokens() == Train.Tokens.BYTES ? 257 : vocabulary.size();
  }

  /** The text's first ids, padded to the sequence length. */
  public int[] encode(String text) {
    int[] encoded = new int[settings.sequenceLength()];
    if (settings.tokens() == Train.Tokens.BYTES) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < Math.min(bytes.length, encoded.length); i++) {
        encoded[i] = (bytes[i] & 0xff) + 1;
      }
      return encoded;
    }
    List<String> words = words(text, settings);
    for (int i = 0; i < words.size(); i++) {
      encoded[i] = ids.getOrDefault(words.get(i), UNKNOWN);
    }
    return encoded;
  }

  /** The first words, at most as many as the sequence is long. */
  private static List<String> words(String text, Train.Text settings) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < text.length() && words.size() < settings.sequenceLength(); ) {
      int character = text.codePointAt(i);
      i += Character.charCount(character);
      if (isWordCharacter(character)) {
        word.append(settings.lowerCase() ? lower(character) : Character.toString(character));
        continue;
      }
      flush(word, words);
      if (isMark(character)) {
        words.add(Character.toString(character));
      }
    }
    flush(word, words);
    return words.subList(0, Math.min(words.size(), settings.sequenceLength()));
  }

  private static void flush(StringBuilder word, List<String> words) {
    if (word.length() > 0) {
      words.add(word.toString());
      word.setLength(0);
    }
  }

  /** One character at a time, whatever stands around it: Python does the same. */
  private static String lower(int character) {
    return Character.toString(character).toLowerCase(Locale.ROOT);
  }

  private static boolean isWordCharacter(int character) {
    return switch (Character.getType(character)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.LETTER_NUMBER,
          Character.OTHER_NUMBER ->
          true;
      default -> character == '_';
    };
  }

  /** Punctuation and symbols. */
  private static boolean isMark(int character) {
    return switch (Character.getType(character)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          true;
      default -> false;
    };
  }
}
