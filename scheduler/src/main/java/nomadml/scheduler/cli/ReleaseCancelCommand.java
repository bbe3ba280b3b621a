package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job release cancel}. */
@Command(
    name = "cancel",
    description =
        "Gives up the release of a model that is under way. Stages stay as they are: submit-job deploy reject ends a deployment, submit-job release revert goes back.")
final class ReleaseCancelCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private ReleaseStages stages;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  private String reason = "";

  @Override
  public Integer call() {
    Console console = connection.console();
    Releaser releaser = ReleaseRun.releaser(connection, new Output(), null);
    Release release =
        releaser.cancel(
            ReleaseLookup.open(releaser, model.name(), stages.first()),
            reason.isEmpty() ? "given up" : reason);
    output.print(console, release, () -> ReleaseOutcome.text(release, console.width()));
    return ExitCode.DONE.number();
  }
}
