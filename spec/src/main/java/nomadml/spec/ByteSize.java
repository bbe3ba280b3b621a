package nomadml.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory or disk, written {@code 512MiB}, {@code 2GiB}, {@code 2GB} or as plain bytes.
 */
public record ByteSize(long bytes) {
  static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?i?)B?");

  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size can't be negative");
    }
  }

  /** Reads a size. Throws {@link IllegalArgumentException} when the text is none. */
  @JsonCreator
  public static ByteSize parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no size such as 512MiB or 2GiB");
    }
    String unit = form.group(2);
    int power = unit.isEmpty() ? 0 : "KMGT".indexOf(unit.charAt(0)) + 1;
    double factor = Math.pow(unit.endsWith("i") ? 1024 : 1000, power);
    return new ByteSize(Math.round(Double.parseDouble(form.group(1)) * factor));
  }

  public static ByteSize mebibytes(long count) {
    return new ByteSize(count << 20);
  }

  /** Rounded up, as Nomad asks for memory in MiB. */
  public long toMebibytes() {
    return (bytes + (1L << 20) - 1) >> 20;
  }

  @Override
  @JsonValue
  public String toString() {
    if (bytes > 0 && bytes % (1L << 30) == 0) {
      return (bytes >> 30) + "GiB";
    }
    return bytes > 0 && bytes % (1L << 20) == 0
        ? (bytes >> 20) + "MiB"
        : String.format(Locale.ROOT, "%dB", bytes);
  }
}
