package nomadml.scheduler.cli;

import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFileException;
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
    if (isVerbose(parsed)) {
      failure.printStackTrace(console.err());
    }
    if (failure instanceof JobFileException problems) {
      console.err().println(problems.getMessage());
      return ExitCode.USAGE.number();
    }
    if (failure instanceof SchedulerFailure expected) {
      say(String.valueOf(expected.getMessage()), expected.hint());
      return expected.exitCode().number();
    }
    say("internal error: " + failure, Hints.REPORT);
    return ExitCode.INTERNAL_ERROR.number();
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    String command = failure.getCommandLine().getCommandSpec().qualifiedName();
    say(String.valueOf(failure.getMessage()), command + " --help");
    return ExitCode.USAGE.number();
  }

  private void say(String message, @Nullable String hint) {
    console.err().println("error: " + message);
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
