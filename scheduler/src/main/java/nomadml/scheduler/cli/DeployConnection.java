package nomadml.scheduler.cli;

import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Ports;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The servers that only deployments need. */
final class DeployConnection {
  private @Nullable Ports ports;

  @Option(
      names = "--prometheus",
      paramLabel = "URL",
      description = "Prometheus's address (NOMAD_ML_PROMETHEUS)")
  private @Nullable String prometheus;

  Ports ports(ConnectionOptions connection) {
    if (ports == null) {
      ports = connection.platform().deploying(prometheus);
    }
    return ports;
  }

  Deployer deployer(ConnectionOptions connection, Output output) {
    return new Deployer(
        ports(connection),
        connection.platform().clock(),
        DeployTalk.of(connection.console(), output));
  }

  /** To its end; Ctrl-C says what goes on without this process. */
  static Deployment follow(Console console, Deployer deployer, Deployment deployment) {
    String model = deployment.wish().model();
    Interruption interruption =
        new Interruption(
            console,
            "the deployment of " + model + " stays as it is; the version before serves on",
            "go on: type it again",
            "end it: submit-job deploy reject " + model);
    try {
      return deployer.follow(deployment);
    } finally {
      interruption.close();
    }
  }
}
