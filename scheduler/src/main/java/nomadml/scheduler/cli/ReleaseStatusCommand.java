package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job release status}. */
@Command(name = "status", description = "Shows the newest release of a model, stage by stage.")
final class ReleaseStatusCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private ReleaseStages stages;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Override
  public Integer call() {
    Console console = connection.console();
    Releaser releaser = ReleaseRun.releaser(connection, new Output(), null);
    Release release = ReleaseLookup.newest(releaser, model.name(), stages.first());
    output.print(console, release, () -> ReleaseOutcome.text(release, console.width()));
    return ExitCode.DONE.number();
  }
}
