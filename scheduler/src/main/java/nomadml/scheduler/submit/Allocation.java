package nomadml.scheduler.submit;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One placement of a job on a node.
 *
 * @param status of the client
 * @param desired {@code run}, {@code stop} or {@code evict}, and why in {@code desiredReason}
 * @param exitCode of the task; null while it runs or when it never ran
 * @param events of the task, the oldest first
 */
public record Allocation(
    String id,
    String jobId,
    String namespace,
    String nodeId,
    String nodeName,
    Status status,
    String desired,
    String desiredReason,
    boolean preempted,
    @Nullable Integer exitCode,
    @Nullable Integer signal,
    Instant created,
    List<Event> events) {

  /** Nomad's client status. */
  public enum Status {
    PENDING,
    RUNNING,
    COMPLETE,
    FAILED,
    LOST,
    UNKNOWN;

    public boolean isTerminal() {
      return this == COMPLETE || this == FAILED || this == LOST;
    }
  }

  /** A task event, such as {@code Driver Failure} with its message. */
  public record Event(String type, Instant time, String message, boolean oomKilled) {}
}
