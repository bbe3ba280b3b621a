package nomadml.scheduler.deploy;

/**
 * How a version of a job comes up: what Nomad calls a deployment.
 *
 * @param canaries how many are placed beside the old version; 0 when there is none to stand beside
 * @param healthy servers of this version
 * @param wanted servers in all
 */
public record Rollout(
    String id,
    String namespace,
    long jobVersion,
    Status status,
    String description,
    int canaries,
    boolean promoted,
    int healthy,
    int unhealthy,
    int wanted) {

  /** Nomad's status of it, as far as it matters. */
  public enum Status {
    RUNNING,
    SUCCESSFUL,
    FAILED
  }

  boolean waitsForPromotion() {
    return status == Status.RUNNING && canaries > 0 && !promoted;
  }

  boolean canariesAreHealthy() {
    return waitsForPromotion() && healthy >= canaries;
  }
}
