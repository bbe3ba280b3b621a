package nomadml.trainer.data;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What the text of a cell stands for. */
final class Cells {
  private static final Pattern INTEGER = Pattern.compile("[+-]?\\d+");
  private static final int LONGEST_MISSING = 4;
  private static final Set<String> MISSING =
      Set.of("", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none");

  private Cells() {}

  /** Nothing, or a word that pandas and R write for nothing. */
  static boolean isMissing(String cell) {
    return cell.length() <= LONGEST_MISSING && MISSING.contains(cell.toLowerCase(Locale.ROOT));
  }

  static boolean isInteger(String cell) {
    return INTEGER.matcher(cell).matches();
  }

  /** The number, or NaN for what is no finite number. */
  static float number(String cell) {
    // Java takes "1d" and "0x1p3" for numbers too.
    if (cell.isEmpty() || Character.isLetter(cell.charAt(cell.length() - 1)) || isHex(cell)) {
      return Float.NaN;
    }
    try {
      float number = Float.parseFloat(cell);
      return Float.isFinite(number) ? number : Float.NaN;
    } catch (NumberFormatException e) {
      return Float.NaN;
    }
  }

  private static boolean isHex(String cell) {
    return cell.indexOf('x') >= 0 || cell.indexOf('X') >= 0;
  }
}
