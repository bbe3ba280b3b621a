package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import nomadml.scheduler.release.Stage;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job release revert}. */
@Command(
    name = "revert",
    description =
        "Goes back in each stage of a release that has ended to what ran there before, the last one first; what another deployment has replaced is left as it is.")
final class ReleaseRevertCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private ReleaseStages stages;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Override
  public Integer call() {
    Console console = connection.console();
    Releaser releaser = ReleaseRun.releaser(connection, new Output(), null);
    Release release = releaser.revert(ReleaseLookup.newest(releaser, model.name(), stages.first()));
    output.print(console, release, () -> ReleaseOutcome.text(release, console.width()));
    boolean isLeft = release.stages().stream().anyMatch(stage -> stage.state() == Stage.State.KEPT);
    return (isLeft ? ExitCode.TRAINING_FAILED : ExitCode.DONE).number();
  }
}
