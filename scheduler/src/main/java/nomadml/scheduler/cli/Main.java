package nomadml.scheduler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import nomadml.spec.ExitCode;
import nomadml.spec.log.LogFormat;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** {@code submit-job}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    if (arguments.length == 1 && arguments[0].equals("--version")) {
      System.out.println(Version.line());
      System.exit(0);
    }
    Console console = Consoles.standard(System.getenv(), format());
    Connector connector = choices -> Connection.of(choices, System.getenv(), Clock.systemUTC());
    System.exit(commandLine(console, connector).execute(arguments));
  }

  private static LogFormat format() {
    try {
      return LogFormat.begin(System.getenv(), LogFormat.TEXT);
    } catch (IllegalArgumentException e) {
      Console plain = Consoles.standard(System.getenv(), LogFormat.TEXT);
      plain.err().println("error: " + String.valueOf(e.getMessage()).replace("\n", "\n  "));
      System.exit(ExitCode.USAGE.number());
      throw e;
    }
  }

  /** The whole command line; tests give it a console and a platform of their own. */
  static CommandLine commandLine(Console console, Connector connector) {
    ErrorPrinter errors = new ErrorPrinter(console);
    return new CommandLine(SubmitCommand.class, factory(console, connector))
        .setExecutionStrategy(new SharedOptions())
        .setExecutionExceptionHandler(errors)
        .setParameterExceptionHandler(errors)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                console.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
        .setUsageHelpWidth(Math.min(100, Math.max(60, console.width())));
  }

  private static IFactory factory(Console console, Connector connector) {
    IFactory plain = CommandLine.defaultFactory();
    return new IFactory() {
      @Override
      public <K> K create(Class<K> type) throws Exception {
        return type == ConnectionOptions.class
            ? type.cast(new ConnectionOptions(console, connector))
            : plain.create(type);
      }
    };
  }
}
