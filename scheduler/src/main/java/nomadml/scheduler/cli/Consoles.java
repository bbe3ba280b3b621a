package nomadml.scheduler.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The console of a process. */
final class Consoles {
  private Consoles() {}

  /** The launcher says in NOMAD_ML_TERMINAL whether stdout is one: JDK 17 can't tell. */
  static Console standard(Map<String, String> environment) {
    boolean terminal = "1".equals(environment.get("NOMAD_ML_TERMINAL"));
    boolean colours =
        terminal
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !"dumb".equals(environment.get("TERM"));
    return new Console(
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        terminal,
        colours,
        width(environment.getOrDefault("COLUMNS", "")));
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  private static int width(String columns) {
    return columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : 100;
  }
}
