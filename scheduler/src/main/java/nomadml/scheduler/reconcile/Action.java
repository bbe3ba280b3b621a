package nomadml.scheduler.reconcile;

import java.time.Instant;
import java.util.Map;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.FailureCause;
import org.jspecify.annotations.Nullable;

/** Something that has to be done so that MLflow and the Pushgateway say what the cluster says. */
public sealed interface Action {
  /** What would be done, for a person. */
  String sentence();

  /** Which run and which submission it is about, for logs. */
  Map<String, String> about();

  /**
   * A run whose job has ended.
   *
   * @param status FINISHED, FAILED or KILLED
   */
  record FinishRun(
      Run run, String status, @Nullable FailureCause cause, String evidence, Instant when)
      implements Action {
    @Override
    public String sentence() {
      String why = cause == null ? "" : " (" + cause.word() + ")";
      return "end run " + run.name() + " " + run.id() + " as " + status + why + ": " + evidence;
    }

    @Override
    public Map<String, String> about() {
      return run.about();
    }
  }

  /** A job that has ended without a run, which it would have made at its start. */
  record RecordRun(
      Job job, String status, @Nullable FailureCause cause, String evidence, Instant when)
      implements Action {
    @Override
    public String sentence() {
      String why = cause == null ? "" : " (" + cause.word() + ")";
      return "make the run of job " + job.id() + ", which is " + status + why + ": " + evidence;
    }

    @Override
    public Map<String, String> about() {
      return Map.of("job", job.submissionId());
    }

    FinishRun as(Run run) {
      return new FinishRun(run, status, cause, evidence, when);
    }
  }

  /**
   * A run that went on in another attempt: why the one before ended, which only the cluster knows.
   *
   * @param attempt the one that went on
   */
  record ExplainAttempt(Run run, String attempt, FailureCause cause, String evidence)
      implements Action {
    @Override
    public String sentence() {
      return "tell run %s %s why attempt %s began (%s): %s"
          .formatted(run.name(), run.id(), attempt, cause.word(), evidence);
    }

    @Override
    public Map<String, String> about() {
      return run.about();
    }
  }

  /** A job nothing is wrong with, which the cluster doesn't place again by itself. */
  record ResumeJob(Job job, String evidence) implements Action {
    @Override
    public String sentence() {
      return "place job " + job.id() + " again: " + evidence;
    }

    @Override
    public Map<String, String> about() {
      return Map.of("job", job.submissionId());
    }
  }

  /** Gauges of a run that has ended. */
  record DeleteGauges(String runId, String evidence) implements Action {
    @Override
    public String sentence() {
      return "delete the gauges of run " + runId + ": " + evidence;
    }

    @Override
    public Map<String, String> about() {
      return Map.of("run_id", runId);
    }
  }
}
