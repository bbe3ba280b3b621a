package nomadml.serving.cli;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Times with their unit: {@code 5ms}, {@code 10s}, {@code 2m}. */
final class TimeSpans implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    if (!text.matches("\\d{1,9}(ms|s|m)")) {
      throw new TypeConversionException("'" + text + "' is no time: write 5ms, 10s or 2m");
    }
    String unit = text.replaceAll("\\d", "");
    long count = Long.parseLong(text.substring(0, text.length() - unit.length()));
    return switch (unit) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      default -> Duration.ofMinutes(count);
    };
  }
}
