package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * @param state {@code scheduled}, {@code waiting}, {@code running}, {@code finished}, {@code
 *     failed}, {@code stopped}, {@code resumable} by the doctor, or {@code ending} while its task
 *     leaves
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobState(Job job, String state, @Nullable String cause, Map<String, Double> metrics) {

  /** By its run where that has ended, else by the cluster. */
  static JobState of(Job job, Optional<Run> run, Cluster cluster) {
    boolean isToldByRun =
        job.schedule()
            || job.phase() != Job.Phase.DEAD
            || run.filter(known -> Set.of("FINISHED", "FAILED").contains(known.status()))
                .isPresent();
    return isToldByRun ? of(job, run) : ofDead(job, run, cluster);
  }

  /** By its run only: asks nobody. */
  static JobState of(Job job, Optional<Run> run) {
    String cause = run.map(known -> known.tags().get(Names.TAG_CAUSE)).orElse(null);
    Map<String, Double> metrics = run.map(Run::metrics).orElse(Map.of());
    return new JobState(job, state(job, run), cause, metrics);
  }

  private static JobState ofDead(Job job, Optional<Run> run, Cluster cluster) {
    List<Allocation> allocations = cluster.allocations(job);
    Verdict verdict = Verdicts.of(job, allocations);
    boolean isNear = run.isEmpty() && !cluster.isRemote();
    Progress last = isNear ? LastWord.of(cluster, allocations) : null;
    Map<String, Double> metrics =
        last == null || last.metrics() == null
            ? run.map(Run::metrics).orElse(Map.of())
            : last.metrics();
    FailureCause cause = last == null || last.cause() == null ? verdict.cause() : last.cause();
    String state =
        switch (verdict.kind()) {
          case DONE -> "finished";
          case FAILED -> "failed";
          case CANCELLED -> "stopped";
          case RESUMABLE -> "resumable";
          case GOES_ON -> "ending";
        };
    return new JobState(job, state, cause == null ? null : cause.word(), metrics);
  }

  private static String state(Job job, Optional<Run> run) {
    if (job.schedule()) {
      return job.phase() == Job.Phase.DEAD ? "stopped" : "scheduled";
    }
    return switch (job.phase()) {
      case PENDING -> "waiting";
      case RUNNING -> "running";
      case DEAD -> run.map(Run::status).orElse("ended").toLowerCase(Locale.ROOT);
    };
  }

  /** {@code failed: nan_loss}. */
  String word() {
    boolean isExplained = state.equals("failed") || state.equals("resumable");
    return isExplained && cause != null ? state + ": " + cause : state;
  }
}
