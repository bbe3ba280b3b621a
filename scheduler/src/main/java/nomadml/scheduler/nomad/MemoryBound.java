package nomadml.scheduler.nomad;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.spec.ByteSize;

/** A bound on a device's memory, such as {@code >=40GiB}. */
record MemoryBound(String operator, String number, String unit) {
  private static final Pattern FORM =
      Pattern.compile("(>=|>|=|<=|<) *(\\d+(?:\\.\\d+)?) *([KMGT]i?B)");

  static MemoryBound parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no bound such as >=40GiB");
    }
    return new MemoryBound(form.group(1), form.group(2), form.group(3));
  }

  /** As Nomad reads units: {@code kB}, {@code KiB}, {@code GiB} … */
  String value() {
    return number + " " + (unit.equals("KB") ? "kB" : unit);
  }

  boolean holds(long mebibytes) {
    int comparison = Long.compare(mebibytes << 20, ByteSize.parse(number + unit).bytes());
    return switch (operator) {
      case ">=" -> comparison >= 0;
      case ">" -> comparison > 0;
      case "<=" -> comparison <= 0;
      case "<" -> comparison < 0;
      default -> comparison == 0;
    };
  }
}
