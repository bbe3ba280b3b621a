package nomadml.spec.log;

import java.util.Locale;
import java.util.Map;
import nomadml.spec.Environment;

/** How a process writes its log. */
public enum LogFormat {
  TEXT,
  JSON;

  static final String PROPERTY = "nomadml.log";

  /**
   * To be called before anything is logged; loads nothing until something is.
   *
   * @param usual without the environment's {@code NOMAD_ML_LOG}
   * @return how the log is written; throws {@link IllegalArgumentException} with a hint
   */
  public static LogFormat begin(Map<String, String> environment, LogFormat usual) {
    LogFormat format = of(environment, usual);
    System.setProperty(PROPERTY, format.name());
    System.setProperty("java.util.logging.manager", "nomadml.spec.log.Logging");
    return format;
  }

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
