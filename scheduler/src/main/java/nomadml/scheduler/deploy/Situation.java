package nomadml.scheduler.deploy;

import java.util.List;
import java.util.Optional;

/**
 * How a deployment stands at one moment.
 *
 * @param current the job as it is now
 * @param own the job as this deployment registered it
 * @param rollout how that comes up
 * @param replicas all servers of the service
 */
record Situation(
    Deployment deployment,
    Optional<ServingJob> current,
    Optional<ServingJob> own,
    Optional<Rollout> rollout,
    List<Replica> replicas) {

  static Situation read(Serving serving, Deployment deployment) {
    String service = deployment.wish().service();
    Optional<ServingJob> own = serving.registered(service, deployment.id());
    return new Situation(
        deployment,
        serving.current(service),
        own,
        own.flatMap(serving::rollout),
        serving.replicas(service));
  }

  /** The servers of this deployment. */
  List<Replica> ours() {
    return replicas.stream().filter(this::isOurs).toList();
  }

  /** The servers that ran before it and still do. */
  List<Replica> stable() {
    return replicas.stream().filter(replica -> !isOurs(replica) && replica.serves()).toList();
  }

  private boolean isOurs(Replica replica) {
    return own.isPresent() && own.get().version() == replica.jobVersion();
  }

  /** Whether nothing ran before it, so that no canary stands beside anything. */
  boolean isFirst() {
    return rollout.isPresent() && rollout.get().canaries() == 0;
  }
}
