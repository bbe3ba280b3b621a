package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code submit-job completion}. */
@Command(
    name = "completion",
    description = "Prints what bash and zsh need: source <(submit-job completion)")
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() {
    connection.console().out().print(AutoComplete.bash("submit-job", spec.root().commandLine()));
    return 0;
  }
}
