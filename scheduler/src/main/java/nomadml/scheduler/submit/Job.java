package nomadml.scheduler.submit;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of our jobs, as the cluster tells it.
 *
 * @param runId null when MLflow could not be reached at submission
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
    Phase phase,
    boolean stopped,
    int priority,
    Instant submitted,
    List<String> waitingFor) {

  /** Nomad's job status. */
  public enum Phase {
    PENDING,
    RUNNING,
    DEAD
  }
}
