package nomadml.spec;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Words for messages: lists of them, and the one that was probably meant. */
public final class Words {
  private Words() {}

  /** The word of an enum's constant in a job file. */
  static String of(Object constant) {
    return constant.toString().toLowerCase(Locale.ROOT);
  }

  /** {@code a, b or c}. */
  static String or(List<String> words) {
    int last = words.size() - 1;
    return last < 1
        ? String.join("", words)
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  /** The word nearest to what was written, when it is near enough to be a slip. */
  public static Optional<String> nearest(String written, Collection<String> words) {
    String lower = written.toLowerCase(Locale.ROOT).replace('-', '_');
    return words.stream()
        .filter(
            word ->
                word.startsWith(lower) || distance(lower, word) <= Math.max(1, word.length() / 3))
        .min(Comparator.comparingInt(word -> distance(lower, word)));
  }

  /** Levenshtein's distance. Written out: it is shorter than a dependency. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      int diagonal = i;
      for (int j = 0; j <= b.length(); j++) {
        int above = row[j];
        row[j] =
            i == 0 || j == 0
                ? i + j
                : Math.min(
                    diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1),
                    1 + Math.min(above, row[j - 1]));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
