package nomadml.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A length of time, written {@code 45s}, {@code 90m}, {@code 2h}, {@code 1h30m} or {@code 3d}. */
public record TimeSpan(Duration duration) {
  static final Pattern FORM = Pattern.compile("(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?");

  public TimeSpan {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("a time must be longer than nothing");
    }
  }

  /** Reads a time. Throws {@link IllegalArgumentException} when the text is none. */
  @JsonCreator
  public static TimeSpan parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (text.isBlank() || !form.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no time such as 45s, 90m or 2h");
    }
    return new TimeSpan(
        Duration.ofDays(number(form, 1))
            .plusHours(number(form, 2))
            .plusMinutes(number(form, 3))
            .plusSeconds(number(form, 4)));
  }

  private static long number(Matcher form, int group) {
    String digits = form.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }

  @Override
  @JsonValue
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(text, duration.toDays(), "d");
    append(text, duration.toHoursPart(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    return text.toString();
  }

  private static void append(StringBuilder text, long number, String unit) {
    if (number > 0) {
      text.append(number).append(unit);
    }
  }
}
