package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job deploy stop}. */
@Command(
    name = "stop",
    description = "Ends the service of a model: its servers answer what they took, and leave.")
final class DeployStopCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private DeployModel model;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  private String reason = "";

  @Override
  public Integer call() {
    deploy.deployer(connection, new Output()).stop(model.name(), reason);
    connection.console().out().println(model.name() + " is not served any more");
    return ExitCode.DONE.number();
  }
}
