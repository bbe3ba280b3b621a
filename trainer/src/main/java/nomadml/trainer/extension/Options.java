package nomadml.trainer.extension;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a job file tells an extension: words by their names. */
public record Options(Map<String, String> values) {
  public Options {
    values = Map.copyOf(values);
  }

  public String text(String name, String fallback) {
    return Objects.requireNonNullElse(values.get(name), fallback);
  }

  /** A whole number; anything else is refused by an exception that names the option. */
  public int whole(String name, int fallback) {
    String value = values.get(name);
    try {
      return value == null ? fallback : Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw refused(name, "a whole number", value);
    }
  }

  /** A finite number; anything else is refused by an exception that names the option. */
  public double number(String name, double fallback) {
    String value = values.get(name);
    try {
      double number = value == null ? fallback : Double.parseDouble(value);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw refused(name, "a number", value);
  }

  private static IllegalArgumentException refused(
      String name, String wanted, @Nullable String found) {
    return new IllegalArgumentException(
        "option %s must be %s, not %s".formatted(name, wanted, found));
  }
}
