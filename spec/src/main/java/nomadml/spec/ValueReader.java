package nomadml.spec;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A single value of a job file as its field's type. */
final class ValueReader {
  private final Problems problems;
  private final RecordField field;
  private final String path;

  ValueReader(Problems problems, RecordField field, String path) {
    this.problems = problems;
    this.field = field;
    this.path = path;
  }

  /** Records that are written as one value. */
  static boolean readsRecord(Class<?> type) {
    return type == ByteSize.class || type == TimeSpan.class;
  }

  /** What a field wants, after "must be". */
  static String wanted(RecordField field) {
    if (!field.words().isEmpty()) {
      return Words.or(field.words());
    }
    Class<?> type = field.type();
    if (type == String.class) {
      return field.says().form().isEmpty() ? "text" : field.says().form();
    }
    if (type == boolean.class) {
      return "true or false";
    }
    if (type == ByteSize.class) {
      return "a size such as 512MiB or 2GiB";
    }
    if (type == TimeSpan.class) {
      return "a time such as 45s, 90m or 2h";
    }
    return type == double.class ? "a number" : "a whole number";
  }

  /** The value; null when it is wrong, which is a problem by then. */
  @Nullable Object read(Yaml.Scalar scalar) {
    if (scalar.isNull()) {
      return refuse(scalar, wanted(field));
    }
    Class<?> type = field.type();
    if (type == String.class) {
      return text(scalar);
    }
    if (type.isEnum()) {
      return word(scalar);
    }
    if (type == boolean.class) {
      return scalar.isBoolean() ? scalar.text().equals("true") : refuse(scalar, wanted(field));
    }
    try {
      if (type == ByteSize.class) {
        ByteSize size = ByteSize.parse(scalar.text());
        return inRange(scalar, size, (double) size.bytes());
      }
      if (type == TimeSpan.class) {
        return TimeSpan.parse(scalar.text());
      }
      return number(scalar, type);
    } catch (IllegalArgumentException e) {
      return refuse(scalar, wanted(field));
    }
  }

  private @Nullable Object text(Yaml.Scalar scalar) {
    if (!field.words().isEmpty()) {
      return word(scalar);
    }
    String pattern = field.says().pattern();
    return pattern.isEmpty() || scalar.text().matches(pattern)
        ? scalar.text()
        : refuse(scalar, wanted(field));
  }

  private @Nullable Object word(Yaml.Scalar scalar) {
    List<String> words = field.words();
    if (!words.contains(scalar.text())) {
      String near =
          Words.nearest(scalar.text(), words)
              .map(word -> "did you mean " + word + "?")
              .orElse(null);
      return refuse(scalar, Words.or(words), near);
    }
    if (field.type() == String.class) {
      return scalar.text();
    }
    return Objects.requireNonNull(field.type().getEnumConstants())[words.indexOf(scalar.text())];
  }

  private @Nullable Object number(Yaml.Scalar scalar, Class<?> type) {
    if (type == double.class) {
      double number = scalar.isNumber() ? Double.parseDouble(scalar.text()) : Double.NaN;
      return Double.isFinite(number)
          ? inRange(scalar, number, number)
          : refuse(scalar, wanted(field));
    }
    if (!scalar.isWhole()) {
      return refuse(scalar, wanted(field));
    }
    BigInteger number = new BigInteger(scalar.text());
    boolean isLong = type == long.class;
    if (number.bitLength() > (isLong ? 63 : 31)) {
      return refuse(scalar, "nearer to 0");
    }
    Number value = isLong ? (Number) number.longValue() : (Number) number.intValue();
    return inRange(scalar, value, number.doubleValue());
  }

  private @Nullable Object inRange(Yaml.Scalar scalar, Object value, double number) {
    Field says = field.says();
    if (number < says.atLeast()) {
      boolean unitless = field.type() == ByteSize.class && scalar.isNumber();
      return refuse(
          scalar,
          "at least " + amount(says.atLeast()),
          unitless ? "with a unit, such as " + scalar.text() + "MiB" : null);
    }
    if (number > says.atMost()) {
      return refuse(scalar, "at most " + amount(says.atMost()));
    }
    if (number <= says.above()) {
      return refuse(scalar, "above " + amount(says.above()));
    }
    if (number >= says.below()) {
      return refuse(scalar, "below " + amount(says.below()));
    }
    return value;
  }

  private String amount(double limit) {
    if (field.type() == ByteSize.class) {
      return new ByteSize((long) limit).toString();
    }
    return limit == Math.rint(limit)
        ? String.format(Locale.ROOT, "%.0f", limit)
        : Double.toString(limit);
  }

  private @Nullable Object refuse(Yaml.Scalar scalar, String wanted) {
    return refuse(scalar, wanted, null);
  }

  private @Nullable Object refuse(Yaml.Scalar scalar, String wanted, @Nullable String hint) {
    problems.add(scalar.position(), path + " must be " + wanted + ", not " + scalar.found(), hint);
    return null;
  }
}
