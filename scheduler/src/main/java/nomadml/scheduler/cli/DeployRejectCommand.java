package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.scheduler.deploy.Deployment;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job deploy reject}: a human's no. */
@Command(
    name = "reject",
    description = "Ends the deployment that is under way; what ran before serves on.")
final class DeployRejectCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  private String reason = "";

  @Override
  public Integer call() {
    Console console = connection.console();
    Deployment ended = deploy.deployer(connection, output).reject(model.name(), reason);
    if (ended.state() != Deployment.State.REJECTED) {
      return new DeployOutcome(console, output).print(ended); // It was over before.
    }
    output.print(
        console,
        ended,
        () -> "%s/%s is rejected%n".formatted(ended.wish().model(), ended.wish().version()));
    return ExitCode.DONE.number();
  }
}
