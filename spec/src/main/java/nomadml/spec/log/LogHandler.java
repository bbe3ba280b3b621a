package nomadml.spec.log;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.logging.ErrorManager;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import nomadml.spec.Environment;

/** Writes to stderr what this process and its libraries log. */
public final class LogHandler extends Handler {
  private static final Formatter WORDS = new SimpleFormatter();

  private volatile Consumer<LogLine> sink;
  private final Map<String, String> facts;

  /** As the JDK's logging makes it, once something is logged. */
  public LogHandler() {
    this(
        System.getenv(),
        to(
            new FileOutputStream(FileDescriptor.err),
            LogFormat.valueOf(System.getProperty(LogFormat.PROPERTY, LogFormat.TEXT.name())),
            ZoneId.systemDefault()));
  }

  LogHandler(Map<String, String> environment, Consumer<LogLine> sink) {
    this.facts = facts(environment);
    this.sink = sink;
  }

  /** From now on somebody else writes the lines; what libraries warn of is left out. */
  public static void redirect(Consumer<LogLine> sink) {
    Logger root = Logger.getLogger("");
    root.setLevel(Level.SEVERE);
    for (Handler handler : root.getHandlers()) {
      if (handler instanceof LogHandler ours) {
        ours.sink = sink;
      }
    }
  }

  /** Writes whole lines, each at once. */
  public static Consumer<LogLine> to(OutputStream stream, LogFormat format, ZoneId zone) {
    return line -> {
      String text = format == LogFormat.JSON ? line.json() : line.text(zone, false);
      try {
        stream.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        stream.flush();
      } catch (IOException e) {
        return; // Nobody reads any more.
      }
    };
  }

  /** Whose lines a process writes, by its environment. */
  private static Map<String, String> facts(Map<String, String> environment) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("job", environment.getOrDefault(Environment.SUBMISSION_ID, ""));
    facts.put("run_id", environment.getOrDefault(Environment.RUN_ID, ""));
    facts.put("attempt", environment.getOrDefault(Environment.ATTEMPT, ""));
    facts.put("allocation", environment.getOrDefault("NOMAD_ALLOC_ID", ""));
    facts.values().removeIf(String::isEmpty);
    return facts;
  }

  @Override
  public void publish(LogRecord said) {
    if (!isLoggable(said)) {
      return;
    }
    try {
      sink.accept(line(said));
    } catch (RuntimeException e) {
      reportError(null, e, ErrorManager.WRITE_FAILURE); // Logging never ends what it tells of.
    }
  }

  private LogLine line(LogRecord said) {
    String message = WORDS.formatMessage(said);
    return new LogLine(
        said.getInstant(),
        level(said.getLevel().intValue()),
        said.getLoggerName() == null ? "" : said.getLoggerName(),
        message == null ? "" : message,
        facts,
        said.getThrown() == null ? null : LogLine.trace(said.getThrown()));
  }

  private static LogLine.Level level(int level) {
    if (level >= Level.SEVERE.intValue()) {
      return LogLine.Level.ERROR;
    }
    if (level >= Level.WARNING.intValue()) {
      return LogLine.Level.WARN;
    }
    return level >= Level.INFO.intValue() ? LogLine.Level.INFO : LogLine.Level.DEBUG;
  }

  @Override
  public void flush() {
    // Every line is written at once.
  }

  @Override
  public void close() {
    // Stderr stays open.
  }
}
