package nomadml.serving.cli;

import java.util.logging.Level;
import java.util.logging.Logger;
import nomadml.spec.ExitCode;
import nomadml.spec.log.LogFormat;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** The model server's beginning. */
public final class Main {
  /** Begins once the log's format is known; kept, for the JDK forgets loggers that nobody holds. */
  private static final class Ours {
    private static final Logger LOG = Logger.getLogger("nomadml");
  }

  private Main() {}

  public static void main(String[] arguments) {
    try {
      LogFormat.begin(System.getenv(), LogFormat.JSON);
      Ours.LOG.setLevel(Level.INFO);
    } catch (IllegalArgumentException e) {
      System.err.println("serving: " + e.getMessage());
      System.exit(ExitCode.USAGE.number());
    }
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) ->
            LoggerFactory.getLogger(Main.class)
                .error("thread {} failed", thread.getName(), failure));
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new ServeCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setDefaultValueProvider(new EnvironmentDefaults(System.getenv()))
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              LoggerFactory.getLogger(Main.class).error("internal error", failure);
              return ExitCode.INTERNAL_ERROR.number();
            });
  }
}
