package nomadml.scheduler.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.deploy.ServingJob;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job deploy status}: what serves a model, and what is under way. */
@Command(
    name = "status",
    description =
        "Shows the servers of a model, each with its version, and the deployment under way.")
final class DeployStatusCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Override
  public Integer call() {
    Ports ports = deploy.ports(connection);
    String service = ModelReference.service(model.name());
    Optional<Deployment> open = deploy.deployer(connection, output).open(model.name());
    Optional<ServingJob> job = ports.serving().current(service);
    if (job.isEmpty() && open.isEmpty()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          model.name() + " is not served by " + ports.serving().name(),
          "submit-job deploy " + model.name() + "/VERSION serves it");
    }
    List<ServingJob> versions = ports.serving().versions(service);
    DeployReport report =
        DeployReport.of(
            model.name(),
            job,
            versions,
            ports.serving().replicas(service),
            open,
            ports.serving().link(service));
    output.print(connection.console(), report, () -> report.text(connection.console().width()));
    return ExitCode.DONE.number();
  }
}
