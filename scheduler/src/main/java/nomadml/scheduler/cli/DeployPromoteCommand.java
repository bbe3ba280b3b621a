package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job deploy promote}: a human's yes. */
@Command(
    name = "promote",
    description = {
      "Approves the deployment that waits, and stays until all servers have the new version.",
      "Who may is a matter of Nomad's ACL: it takes submit-job in the namespace."
    })
final class DeployPromoteCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  private String reason = "";

  @Option(names = "--force", description = "even before its gates are decided")
  private boolean force;

  @Override
  public Integer call() {
    return new DeployOutcome(connection.console(), output)
        .print(deploy.deployer(connection, output).promote(model.name(), reason, force));
  }
}
