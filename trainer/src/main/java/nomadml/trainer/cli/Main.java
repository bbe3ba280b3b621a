package nomadml.trainer.cli;

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
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
