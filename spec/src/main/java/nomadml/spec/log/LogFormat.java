package nomadml.spec.log;

import java.util.Locale;
import java.util.Map;
import nomadml.spec.Environment;

/** How a process writes its log. */
public enum LogFormat {
  TEXT,
  JSON;

  /** As the environment says; throws {@link IllegalArgumentException} with a hint. */
  public static LogFormat of(Map<String, String> environment, LogFormat usual) {
    String value = environment.getOrDefault(Environment.LOG, "").strip();
    for (LogFormat format : values()) {
      if (format.word().equals(value)) {
        return format;
      }
    }
    if (value.isEmpty()) {
      return usual;
    }
    throw new IllegalArgumentException(
        "%s is \"%s\", which is no format of a log\nhint: set it to text or json, or unset it"
            .formatted(Environment.LOG, value));
  }

  /** What the environment calls it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
