package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.scheduler.deploy.ModelReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job release resume}. */
@Command(
    name = "resume",
    description = "Goes on with the release of a model that is under way, where it stopped.")
final class ReleaseResumeCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private ReleaseStages stages;
  @Mixin private ReleaseRun run;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Override
  public Integer call() {
    String name = model.name();
    return run.follow(
        connection,
        output,
        () ->
            ReleaseReport.none(
                new ModelReference(name, null, null),
                stages.plans(),
                connection.platform().clock().instant()),
        releaser -> ReleaseLookup.open(releaser, name, stages.first()));
  }
}
