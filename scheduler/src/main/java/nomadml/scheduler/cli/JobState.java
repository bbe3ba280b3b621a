package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.reconcile.LastWord;
import nomadml.scheduler.reconcile.Verdict;
import nomadml.scheduler.reconcile.Verdicts;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.FailureCause;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import org.jspecify.annotations.Nullable;

/**
 * A job and what became of it.
 *
 * @param state {@code waiting}, {@code running}, {@code finished}, {@code failed}, {@code stopped}
 *     or {@code ended} when nobody knows how
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobState(Job job, String state, @Nullable String cause, Map<String, Double> metrics) {

  static JobState of(Job job, Optional<Run> run) {
    String cause = run.map(known -> known.tags().get(Names.TAG_CAUSE)).orElse(null);
    Map<String, Double> metrics = run.map(Run::metrics).orElse(Map.of());
    return new JobState(job, state(job, run), cause, metrics);
  }

  /**
   * Without a run: what the cluster says of it, and on this machine also what its task told last.
   */
  static JobState of(Job job, Cluster cluster) {
    if (job.phase() != Job.Phase.DEAD) {
      return of(job, Optional.empty());
    }
    List<Allocation> allocations = cluster.allocations(job);
    Verdict verdict = Verdicts.of(job, allocations);
    Progress last = cluster.isRemote() ? null : LastWord.of(cluster, allocations);
    Map<String, Double> metrics =
        last == null || last.metrics() == null ? Map.of() : last.metrics();
    FailureCause cause = last == null || last.cause() == null ? verdict.cause() : last.cause();
    String state =
        switch (verdict.kind()) {
          case DONE -> "finished";
          case FAILED -> "failed";
          case CANCELLED -> "stopped";
          case RESUMABLE, GOES_ON -> "ended";
        };
    return new JobState(job, state, cause == null ? null : cause.word(), metrics);
  }

  private static String state(Job job, Optional<Run> run) {
    return switch (job.phase()) {
      case PENDING -> "waiting";
      case RUNNING -> "running";
      case DEAD -> {
        String status = run.map(Run::status).orElse("").toLowerCase(Locale.ROOT);
        boolean isKnown = status.equals("finished") || status.equals("failed");
        yield isKnown ? status : job.stopped() ? "stopped" : "ended";
      }
    };
  }

  /** {@code failed: nan_loss}. */
  String word() {
    return state.equals("failed") && cause != null ? state + ": " + cause : state;
  }
}
