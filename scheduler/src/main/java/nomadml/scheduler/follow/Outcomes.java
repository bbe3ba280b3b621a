package nomadml.scheduler.follow;

import java.util.Map;
import nomadml.scheduler.reconcile.Verdict;
import nomadml.spec.ExitCode;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import org.jspecify.annotations.Nullable;

/** Reads a job's outcome from its last words; else from what the cluster says. */
final class Outcomes {
  private Outcomes() {}

  /** From a FINISHED or FAILED line. */
  static Outcome of(String jobId, Progress last) {
    if (last.kind() == Progress.Kind.FINISHED) {
      String message = last.message() == null ? "trained to the end" : last.message();
      return new Outcome(ExitCode.DONE, null, message, last.hint(), metrics(last), facts(last));
    }
    FailureCause cause = last.cause() == null ? FailureCause.INTERNAL : last.cause();
    String message = last.message() == null ? "the training failed" : last.message();
    String hint = last.hint() == null ? hint(jobId, cause) : last.hint();
    return new Outcome(ExitCode.of(cause), cause, message, hint, metrics(last), facts(last));
  }

  /**
   * Without last words.
   *
   * @param latest the newest progress there was
   */
  static Outcome of(String jobId, Verdict verdict, @Nullable Progress latest) {
    Map<String, Double> metrics = latest == null ? Map.of() : metrics(latest);
    FailureCause cause = verdict.cause();
    if (cause == null) {
      return new Outcome(ExitCode.DONE, null, verdict.evidence(), null, metrics, Map.of());
    }
    String hint = hint(jobId, cause);
    return new Outcome(ExitCode.of(cause), cause, verdict.evidence(), hint, metrics, Map.of());
  }

  private static @Nullable String hint(String jobId, FailureCause cause) {
    return switch (cause) {
      case CANCELLED -> null;
      case NO_CAPACITY -> "see what is free: submit-job nodes";
      case IMAGE_PULL -> "check `image:` in the job file, and that the nodes may pull it";
      case OUT_OF_MEMORY -> "raise `resources.memory` or lower `batch_size` in the job file";
      case TIME_LIMIT -> "raise `time_limit` in the job file";
      case NODE_LOST, DRAINED, PREEMPTED -> "resume what can be resumed: submit-job doctor --fix";
      default -> "see what it wrote: submit-job logs --stderr " + jobId;
    };
  }

  private static Map<String, Double> metrics(Progress progress) {
    return progress.metrics() == null ? Map.of() : progress.metrics();
  }

  private static Map<String, String> facts(Progress progress) {
    return progress.facts() == null ? Map.of() : progress.facts();
  }
}
