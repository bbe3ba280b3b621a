package nomadml.scheduler.submit;

import java.time.Instant;
import java.util.List;
import nomadml.spec.Launches;
import org.jspecify.annotations.Nullable;

/**
 * One of our jobs, as the cluster tells it.
 *
 * @param runId null when MLflow could not be reached at submission
 * @param schedule whether it only starts others, by its schedule: it runs nothing and has no run
 * @param stopped by {@code submit-job stop}, in the UI or by an operator
 * @param waitingFor what keeps it from being placed: {@code 3 nodes: cpu exhausted}
 */
public record Job(
    String id,
    String namespace,
    String name,
    String experiment,
    String submissionId,
    @Nullable String runId,
    boolean schedule,
    Phase phase,
    boolean stopped,
    int priority,
    Instant submitted,
    List<String> waitingFor) {

  /** Whether a schedule started it: then its run is made when it starts. */
  public boolean isLaunchOf(Job other) {
    return Launches.schedule(id).filter(other.id()::equals).isPresent()
        && namespace.equals(other.namespace());
  }

  /** Nomad's job status. */
  public enum Phase {
    PENDING,
    RUNNING,
    DEAD
  }
}
