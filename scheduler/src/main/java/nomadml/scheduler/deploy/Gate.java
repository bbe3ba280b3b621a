package nomadml.scheduler.deploy;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/**
 * A condition of a promotion, such as {@code p95<=1.2x}.
 *
 * @param text as it was written
 * @param against what the bound counts from
 * @param bound seconds for a latency, a share for a rate
 */
public record Gate(String text, String metric, Against against, double bound) {
  static final String ERROR_RATE = "error_rate";
  static final String REQUESTS = "requests";
  static final String ACCURACY = "accuracy";
  private static final List<String> METRICS =
      List.of(ERROR_RATE, "p50", "p95", "p99", REQUESTS, ACCURACY);

  private static final Pattern FORM =
      Pattern.compile(
          "([a-z_0-9]+) *(<=|>=) *(stable *[+-])? *(\\d+(?:\\.\\d+)?(?:e-?\\d+)?) *(ms|s|x|%)?");
  static final String ALLOWED =
      "error_rate<=0.01, p95<=50ms (p50, p99), p95<=1.2x of the running version, requests>=200,"
          + " accuracy>=0.97, accuracy>=stable-0.005";

  /** What a bound counts from. */
  enum Against {
    NOTHING,
    TIMES_STABLE,
    PLUS_STABLE
  }

  public static Gate parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw refused(text, "is no condition");
    }
    String metric = form.group(1);
    String unit = form.group(5) == null ? "" : form.group(5);
    if (!METRICS.contains(metric)) {
      throw refused(text, "asks for '" + metric + "'");
    }
    boolean atLeast = metric.equals(REQUESTS) || metric.equals(ACCURACY);
    if (atLeast != form.group(2).equals(">=")) {
      throw refused(text, metric + " takes " + (atLeast ? ">=" : "<="));
    }
    String sign = form.group(3);
    double number = Double.parseDouble(form.group(4));
    Against against =
        unit.equals("x")
            ? Against.TIMES_STABLE
            : sign == null ? Against.NOTHING : Against.PLUS_STABLE;
    boolean isLatency = metric.startsWith("p");
    boolean isTime = unit.equals("ms") || unit.equals("s");
    if ((isTime != isLatency && against != Against.TIMES_STABLE)
        || (unit.equals("x") && (sign != null || atLeast))
        || (metric.equals(REQUESTS) && (sign != null || !unit.isEmpty()))) {
      throw refused(text, "has a bound that " + metric + " does not take");
    }
    double value =
        switch (unit) {
          case "ms" -> number / 1000;
          case "%" -> number / 100;
          default -> number;
        };
    boolean isShare = !isLatency && !metric.equals(REQUESTS) && against == Against.NOTHING;
    if (isShare && value > 1) {
      throw refused(text, metric + " is a share, 0 to 1");
    }
    return new Gate(
        text.strip(), metric, against, sign != null && sign.endsWith("-") ? -value : value);
  }

  private static SchedulerFailure refused(String text, String why) {
    return new SchedulerFailure(ExitCode.USAGE, "gate '" + text + "': " + why, ALLOWED);
  }

  boolean isAtLeast() {
    return metric.equals(REQUESTS) || metric.equals(ACCURACY);
  }

  /** Whether it is about requests, which Prometheus knows. */
  boolean isAboutRequests() {
    return !metric.equals(ACCURACY);
  }

  boolean needsStable() {
    return against != Against.NOTHING;
  }

  /**
   * Whether a measured value is good enough.
   *
   * @param stable of the running version; null when nothing runs, and nothing can be worse
   */
  Result judge(double canary, @Nullable Double stable) {
    if (needsStable() && stable == null && !Double.isNaN(canary)) {
      return new Result(true, text + " holds: nothing runs to compare with");
    }
    double limit =
        switch (against) {
          case NOTHING -> bound;
          case TIMES_STABLE -> bound * (stable == null ? 0 : stable);
          case PLUS_STABLE -> bound + (stable == null ? 0 : stable);
        };
    boolean holds = isAtLeast() ? canary >= limit : canary <= limit; // NaN holds nothing.
    String compared =
        stable == null || metric.equals(REQUESTS) ? "" : ", the running version " + in(stable);
    return new Result(
        holds,
        "%s %s: %s%s".formatted(text, holds ? "holds" : "does not hold", in(canary), compared));
  }

  private String in(double value) {
    if (Double.isNaN(value)) {
      return "nothing measured";
    }
    if (metric.equals(REQUESTS)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return metric.startsWith("p")
        ? String.format(Locale.ROOT, "%.1f ms", value * 1000)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  /** What was measured, in words. */
  record Result(boolean holds, String words) {}
}
