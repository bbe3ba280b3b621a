package nomadml.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The cron expressions that Nomad takes (github.com/hashicorp/cronexpr 1.1): five fields, a sixth
 * for the year, or seven that begin with the second; or one of its names. What it takes and never
 * starts anything by is refused too.
 */
final class Cron {
  private static final Set<String> NAMES =
      Set.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly");

  private static final String MONTHS =
      "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april"
          + "|june|july|august|september|october|november|december";
  private static final String DAYS =
      "sun|mon|tue|wed|thu|fri|sat|sunday|monday|tuesday|wednesday|thursday|friday|saturday";

  private static final Part MINUTE = new Part("minute", 0, 59, "0?[0-9]|[1-5][0-9]", "", "0-59");
  private static final List<Part> FIVE =
      List.of(
          MINUTE,
          new Part("hour", 0, 23, "0?[0-9]|1[0-9]|2[0-3]", "", "0-23"),
          new Part(
              "day of the month",
              1,
              31,
              "0?[1-9]|[12][0-9]|3[01]",
              "l|lw|(%s)w",
              "1-31, L, LW, 15W"),
          new Part("month", 1, 12, "0?[1-9]|1[012]|" + MONTHS, "", "1-12 or jan-dec"),
          new Part(
              "day of the week",
              0,
              6,
              "0?[0-7]|" + DAYS,
              "(%s)l|(%s)#[1-5]",
              "0-7 or sun-sat, 5L, 5#3"));
  private static final Part SECOND =
      new Part("second", 0, 59, MINUTE.value(), "", MINUTE.allowed());
  private static final Part YEAR =
      new Part("year", 1970, 2099, "19[789][0-9]|20[0-9]{2}", "", "1970-2099");

  private Cron() {}

  /** What is wrong with an expression, after "must be"; nothing when Nomad takes it. */
  static Optional<String> fault(String expression) {
    String text = expression.strip();
    if (NAMES.contains(text)) {
      return Optional.empty();
    }
    String[] written = text.split("\\s+", -1);
    if (text.startsWith("@") || written.length < 5 || written.length > 7) {
      return Optional.of(
          "five to seven fields, or @hourly, @daily, @weekly, @monthly or @yearly, not '%s'"
              .formatted(expression));
    }
    List<Part> parts = new ArrayList<>(FIVE);
    if (written.length == 7) {
      parts.add(0, SECOND);
    }
    if (written.length > 5) {
      parts.add(YEAR);
    }
    for (int i = 0; i < written.length; i++) {
      if (!parts.get(i).takes(written[i])) {
        return Optional.of(
            "a cron expression whose %s is * or of %s, with , - and /, not '%s'"
                .formatted(parts.get(i).name(), parts.get(i).allowed(), written[i]));
      }
    }
    return Optional.empty();
  }

  /**
   * A field.
   *
   * @param value a pattern of its single values
   * @param special a pattern of what only this field knows
   * @param allowed for a person
   */
  private record Part(
      String name, int least, int most, String value, String special, String allowed) {
    boolean takes(String written) {
      List<String> entries =
          Arrays.stream(written.toLowerCase(Locale.ROOT).split(",", -1))
              .filter(entry -> !entry.isEmpty())
              .toList();
      return !entries.isEmpty() && entries.stream().allMatch(this::takesEntry);
    }

    private boolean takesEntry(String entry) {
      if (entry.equals("*") || entry.equals("?")) {
        return true;
      }
      if (!special.isEmpty() && entry.matches(special.replace("%s", value))) {
        return true;
      }
      Matcher form =
          Pattern.compile(
                  "(?:\\*|(?<from>%1$s)(?:-(?<to>%1$s))?)(?:/(?<step>\\d+))?".formatted(value))
              .matcher(entry);
      return form.matches()
          && isStep(form.group("step"))
          && isForwards(form.group("from"), form.group("to"));
    }

    /** Nomad reads no step of three digits. */
    private boolean isStep(@Nullable String step) {
      return step == null
          || (step.length() <= 2 && Integer.parseInt(step) >= 1 && Integer.parseInt(step) <= most);
    }

    /** A range backwards never comes; but a week may end on Sunday. */
    private boolean isForwards(@Nullable String from, @Nullable String to) {
      if (from == null || to == null) {
        return true;
      }
      int last = number(to);
      return number(from) <= last || (most == 6 && last == 0);
    }

    private int number(String word) {
      if (Character.isDigit(word.charAt(0))) {
        int number = Integer.parseInt(word);
        return most == 6 ? number % 7 : number;
      }
      List<String> words = List.of((most == 6 ? DAYS : MONTHS).split("\\|", -1));
      String abbreviated = word.substring(0, 3);
      return words.indexOf(abbreviated) + least;
    }
  }
}
