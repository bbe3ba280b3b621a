package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Replica;
import nomadml.scheduler.deploy.ServingJob;
import org.jspecify.annotations.Nullable;

/**
 * All about the service of a model.
 *
 * @param version of the job that is registered; null when it is stopped or not there
 * @param deployment the one under way
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record DeployReport(
    String model,
    @Nullable String version,
    List<Server> servers,
    @Nullable UnderWay deployment,
    URI link) {

  /** One server. */
  record Server(
      String allocation, String node, String version, String kind, String health, String address) {}

  /** The deployment under way. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record UnderWay(
      String id,
      String version,
      Deployment.State state,
      String step,
      String by,
      Instant since,
      List<String> measured) {}

  static DeployReport of(
      String model,
      Optional<ServingJob> job,
      List<ServingJob> versions,
      List<Replica> replicas,
      Optional<Deployment> open,
      URI link) {
    return new DeployReport(
        model,
        job.filter(one -> !one.stopped()).map(ServingJob::modelVersion).orElse(null),
        replicas.stream()
            .filter(Replica::isLiving)
            .map(replica -> server(replica, versions))
            .toList(),
        open.map(DeployReport::underWay).orElse(null),
        link);
  }

  private static Server server(Replica replica, List<ServingJob> versions) {
    String version =
        versions.stream()
            .filter(job -> job.version() == replica.jobVersion())
            .map(ServingJob::modelVersion)
            .findFirst()
            .orElse("?");
    Boolean healthy = replica.healthy();
    String health = healthy == null ? "starting" : healthy ? "healthy" : "not healthy";
    return new Server(
        replica.allocation().id(),
        replica.allocation().nodeName(),
        version,
        replica.canary() ? "canary" : "stable",
        health,
        replica.address());
  }

  private static UnderWay underWay(Deployment deployment) {
    List<String> measured =
        deployment.steps().stream()
            .map(Deployment.Step::measured)
            .filter(lines -> !lines.isEmpty())
            .reduce(List.of(), (one, other) -> other);
    return new UnderWay(
        deployment.id(),
        deployment.wish().version(),
        deployment.state(),
        deployment.last().what(),
        deployment.steps().get(0).by(),
        deployment.created(),
        measured);
  }

  String text(int width) {
    StringBuilder text = new StringBuilder();
    text.append(model)
        .append(version == null ? " is not served" : ": version " + version)
        .append("  ")
        .append(link)
        .append('\n');
    if (!servers.isEmpty()) {
      Table table = new Table("ALLOCATION", "NODE", "VERSION", "KIND", "HEALTH", "ADDRESS");
      for (Server server : servers) {
        String id = server.allocation();
        table.row(
            id.length() > 8 ? id.substring(0, 8) : id,
            server.node(),
            server.version(),
            server.kind(),
            server.health(),
            server.address());
      }
      text.append(table.text(width));
    }
    if (deployment != null) {
      text.append(
          "deployment %s of version %s by %s: %s, %s%n"
              .formatted(
                  deployment.id(),
                  deployment.version(),
                  deployment.by(),
                  deployment.state().name().toLowerCase(Locale.ROOT),
                  deployment.step()));
      deployment.measured().forEach(line -> text.append("  ").append(line).append('\n'));
    }
    return text.toString();
  }
}
