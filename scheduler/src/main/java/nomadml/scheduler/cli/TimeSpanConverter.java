package nomadml.scheduler.cli;

import nomadml.spec.TimeSpan;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 90s}, {@code 5m}. */
final class TimeSpanConverter implements ITypeConverter<TimeSpan> {
  @Override
  public TimeSpan convert(String value) {
    try {
      return TimeSpan.parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
