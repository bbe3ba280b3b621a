package nomadml.scheduler.cli;

import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** Options before a command are its own: {@code submit-job --nomad URL list}. */
final class SharedOptions implements IExecutionStrategy {
  @Override
  public int execute(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    for (ParseResult outer = parsed; outer.hasSubcommand(); outer = outer.subcommand()) {
      pass(outer, last);
    }
    return new RunLast().execute(parsed);
  }

  private static void pass(ParseResult outer, ParseResult inner) {
    CommandSpec command = inner.commandSpec();
    if (!outer.matchedPositionals().isEmpty()) {
      throw new ParameterException(
          command.commandLine(),
          (outer.commandSpec().parent() == null ? "the job file" : "the model")
              + " goes after the command: "
              + command.name());
    }
    for (OptionSpec option : outer.matchedOptions()) {
      OptionSpec own = command.findOption(option.longestName());
      if (own == null) {
        throw new ParameterException(
            command.commandLine(), command.name() + " has no option " + option.longestName());
      }
      if (!inner.hasMatchedOption(own)) {
        own.setValue(option.getValue());
      }
    }
  }
}
