package nomadml.scheduler.reconcile;

import java.time.Instant;
import nomadml.spec.FailureCause;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster says became of a job.
 *
 * @param cause null while it goes on and when it is done
 * @param evidence for a person: the task event, exit code or reason this was read from
 * @param when the last thing that happened to it
 */
public record Verdict(Kind kind, @Nullable FailureCause cause, String evidence, Instant when) {

  /** How a job stands. */
  public enum Kind {
    /** It waits, runs, or will be placed again by the cluster itself. */
    GOES_ON,
    /** Nothing failed, but the cluster will not place it again by itself. */
    RESUMABLE,
    /** Its task left with 0. */
    DONE,
    /** A person stopped it. */
    CANCELLED,
    /** It ended without success. */
    FAILED
  }
}
