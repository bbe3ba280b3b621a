package nomadml.trainer.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** "Did you mean" for a name that is not there. */
public final class Suggestion {
  private Suggestion() {}

  /** A hint naming the nearest candidate, or all of them when none is near. */
  public static String of(String wrong, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(wrong, candidate)))
        .filter(nearest -> distance(wrong, nearest) <= Math.max(1, wrong.length() / 3))
        .map(nearest -> "did you mean \"" + nearest + "\"?")
        .orElseGet(() -> "there is " + abbreviated(candidates));
  }

  /** The first names, and how many more there are. */
  public static String abbreviated(Collection<String> names) {
    String first = String.join(", ", names.stream().limit(20).toList());
    return names.size() <= 20 ? first : first + " and " + (names.size() - 20) + " more";
  }

  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
