package nomadml.scheduler.cli;

import java.time.Instant;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFileException;
import nomadml.spec.log.LogLine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The one place where failures become words on stderr and an exit code. */
final class ErrorPrinter implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final Console console;

  ErrorPrinter(Console console) {
    this.console = console;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    if (isVerbose(parsed) && console.log() == null) {
      failure.printStackTrace(console.err());
    }
    if (failure instanceof JobFileException problems) {
      say("", String.valueOf(problems.getMessage()), null, null);
      return ExitCode.USAGE.number();
    }
    if (failure instanceof SchedulerFailure expected) {
      say(
          "error: ",
          String.valueOf(expected.getMessage()),
          expected.hint(),
          isVerbose(parsed) ? failure : null);
      return expected.exitCode().number();
    }
    say("error: ", "internal error: " + failure, Hints.REPORT, failure);
    return ExitCode.INTERNAL_ERROR.number();
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    String command = failure.getCommandLine().getCommandSpec().qualifiedName();
    say("error: ", String.valueOf(failure.getMessage()), command + " --help", null);
    return ExitCode.USAGE.number();
  }

  private void say(
      String prefix, String message, @Nullable String hint, @Nullable Throwable traced) {
    if (console.log() != null) {
      console
          .log()
          .accept(
              new LogLine(
                  Instant.now(),
                  LogLine.Level.ERROR,
                  TalkStream.LOGGER,
                  message,
                  hint == null ? Map.of() : Map.of(LogLine.HINT, hint),
                  traced == null ? null : LogLine.trace(traced)));
      return;
    }
    console.err().println(prefix + message);
    if (hint != null) {
      console.err().println("  hint: " + hint);
    }
  }

  private static boolean isVerbose(ParseResult parsed) {
    for (ParseResult level = parsed; level != null; level = level.subcommand()) {
      if (level.hasMatchedOption("--verbose")) {
        return true;
      }
    }
    return false;
  }
}
