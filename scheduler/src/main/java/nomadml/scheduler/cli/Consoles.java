package nomadml.scheduler.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.function.Consumer;
import nomadml.spec.log.LogFormat;
import nomadml.spec.log.LogHandler;
import nomadml.spec.log.LogLine;

/** The console of a process. */
final class Consoles {
  private Consoles() {}

  /** The launcher says in NOMAD_ML_TERMINAL whether stdout is one: JDK 17 can't tell. */
  static Console standard(Map<String, String> environment, LogFormat format) {
    boolean terminal = "1".equals(environment.get("NOMAD_ML_TERMINAL"));
    boolean colours =
        terminal
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !"dumb".equals(environment.get("TERM"));
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    OutputStream err = new FileOutputStream(FileDescriptor.err);
    return format == LogFormat.JSON
        ? logging(out, err, Clock.systemUTC())
        : new Console(
            stream(out),
            stream(err),
            terminal,
            colours,
            width(environment.getOrDefault("COLUMNS", "")));
  }

  /** All talk is lines for a log store, whoever looks. */
  static Console logging(OutputStream out, OutputStream err, Clock clock) {
    Consumer<LogLine> log = LogHandler.to(err, LogFormat.JSON, ZoneOffset.UTC);
    return new Console(
        stream(out), stream(new TalkStream(log, clock)), false, false, width(""), log);
  }

  private static PrintStream stream(OutputStream stream) {
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }

  private static int width(String columns) {
    return columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : 100;
  }
}
