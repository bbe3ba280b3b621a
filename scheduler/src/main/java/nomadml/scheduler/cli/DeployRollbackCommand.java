package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job deploy rollback}: back to what ran before. */
@Command(
    name = "rollback",
    description = {
      "Deploys what ran before the version that runs, with the settings it had then.",
      "By a canary that is promoted once it is healthy; --now replaces the servers at once."
    })
final class DeployRollbackCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Option(
      names = "--to",
      paramLabel = "VERSION",
      description = "a version that was deployed before; by default the last one")
  private @Nullable String version;

  @Option(names = "--now", description = "without a canary")
  private boolean now;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  private String reason = "";

  @Override
  public Integer call() {
    Console console = connection.console();
    Deployer deployer = deploy.deployer(connection, output);
    Deployment begun = deployer.rollback(model.name(), version, now, reason);
    console.err().println("goes back to version " + begun.wish().version());
    return new DeployOutcome(console, output)
        .print(DeployConnection.follow(console, deployer, begun));
  }
}
