package nomadml.trainer.cli;

import nomadml.trainer.training.LoadingEngine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** What runs inside the allocation. */
@Command(
    name = "trainer",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    subcommands = {
      SuperviseCommand.class,
      TrainCommand.class,
      PredictCommand.class,
      SyncCommand.class
    })
public final class Main {
  Main() {}

  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("train")) {
      LoadingEngine.begin(); // It takes longest, and the command line is not needed for it.
    }
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
