package nomadml.scheduler.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import nomadml.scheduler.reconcile.GaugeGroups.Group;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.ExitCode;
import nomadml.spec.FailureCause;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import org.jspecify.annotations.Nullable;

/** What is to be done about a job, a run or a group of gauges; asks nobody and changes nothing. */
final class Decisions {
  /** Two scrapes of Prometheus: its last gauges have been seen. */
  static final Duration SCRAPED = Duration.ofSeconds(30);

  /** What runs shows itself more often. */
  static final Duration SILENT = Duration.ofMinutes(10);

  /** A submission that was cut between run and job may still go on. */
  static final Duration NEVER_REGISTERED = Duration.ofDays(1);

  /** How long ago a run may have ended for its interruptions to be explained. */
  static final Duration RECENT = Duration.ofHours(1);

  /** How long gauges of a run that MLflow does not know are kept. */
  static final Duration UNKNOWN = Duration.ofHours(1);

  private Decisions() {}

  /**
   * About a job that is dead.
   *
   * @param run null when it has ended or none is known
   * @param lastWord the last progress line of its task, when it failed
   */
  static Optional<Action> aboutJob(
      Job job, List<Allocation> allocations, @Nullable Run run, @Nullable Progress lastWord) {
    Verdict verdict = Verdicts.of(job, allocations);
    if (verdict.kind() == Verdict.Kind.RESUMABLE) {
      return Optional.of(new Action.ResumeJob(job, verdict.evidence()));
    }
    if (run == null || verdict.kind() == Verdict.Kind.GOES_ON) {
      return Optional.empty();
    }
    FailureCause cause = verdict.cause();
    String evidence = verdict.evidence();
    boolean isFailed = verdict.kind() == Verdict.Kind.FAILED;
    if (isFailed && lastWord != null && lastWord.kind() == Progress.Kind.FAILED) {
      cause = lastWord.cause() == null ? cause : lastWord.cause();
      evidence = lastWord.message() == null ? evidence : lastWord.message();
    }
    String status = status(verdict.kind(), cause);
    return Optional.of(new Action.FinishRun(run, status, cause, evidence, verdict.when()));
  }

  /** About a dead job that a schedule started and MLflow knows nothing of. */
  static Optional<Action> aboutLaunch(Job job, List<Allocation> allocations) {
    Verdict verdict = Verdicts.of(job, allocations);
    return switch (verdict.kind()) {
      case DONE, FAILED, CANCELLED ->
          Optional.of(
              new Action.RecordRun(
                  job,
                  status(verdict.kind(), verdict.cause()),
                  verdict.cause(),
                  verdict.evidence(),
                  verdict.when()));
      case RESUMABLE, GOES_ON -> Optional.empty();
    };
  }

  private static String status(Verdict.Kind kind, @Nullable FailureCause cause) {
    if (kind == Verdict.Kind.DONE) {
      return "FINISHED";
    }
    boolean isCancelled = cause != null && ExitCode.of(cause) == ExitCode.CANCELLED;
    return isCancelled ? "KILLED" : "FAILED";
  }

  /**
   * About a run that went on after an interruption nobody has explained yet.
   *
   * @param allocations of its job, the oldest first
   */
  static Optional<Action> aboutInterruption(Run run, List<Allocation> allocations) {
    String attempt = run.tags().getOrDefault(Names.TAG_ATTEMPT, "1");
    if (isExplained(run) || allocations.isEmpty()) {
      return Optional.empty();
    }
    if (allocations.size() == 1) {
      String evidence =
          "its supervisor was killed and started again on " + allocations.get(0).nodeName();
      return Optional.of(new Action.ExplainAttempt(run, attempt, FailureCause.INTERNAL, evidence));
    }
    Verdict verdict = Verdicts.of(allocations.get(allocations.size() - 2));
    FailureCause cause = Objects.requireNonNullElse(verdict.cause(), FailureCause.INTERNAL);
    return Optional.of(new Action.ExplainAttempt(run, attempt, cause, verdict.evidence()));
  }

  /** Whether its newest attempt is its first, or has its cause. */
  static boolean isExplained(Run run) {
    String attempt = run.tags().getOrDefault(Names.TAG_ATTEMPT, "1");
    return attempt.equals("1") || attempt.equals(run.tags().get(Names.TAG_EXPLAINED));
  }

  /**
   * About an unfinished run whose job the cluster does not know. One that shows a sign of life,
   * such as another cluster's that reports to the same MLflow, is spared.
   *
   * @param pushed when its gauges were last written; null when it has none
   */
  static Optional<Action> aboutOrphan(Run run, @Nullable Instant pushed, Instant now) {
    boolean hasRun = run.tags().containsKey(Names.TAG_NAMESPACE);
    boolean isCut = run.status().equals("SCHEDULED") && !run.tags().containsKey(Names.TAG_ATTEMPT);
    Instant alive = pushed != null && pushed.isAfter(run.started()) ? pushed : run.started();
    String job = run.tags().getOrDefault(Names.TAG_JOB, "its job");
    if (hasRun && alive.plus(SILENT).isBefore(now)) {
      return Optional.of(killed(run, job + " is gone from the cluster", now));
    }
    if (!hasRun && isCut && alive.plus(NEVER_REGISTERED).isBefore(now)) {
      return Optional.of(killed(run, job + " was never registered", now));
    }
    return Optional.empty();
  }

  private static Action killed(Run run, String evidence, Instant now) {
    return new Action.FinishRun(run, "KILLED", FailureCause.CANCELLED, evidence, now);
  }

  /**
   * About a group of gauges.
   *
   * @param run null when MLflow knows none of that id
   */
  static Optional<Action> aboutGauges(Group group, @Nullable Run run, Instant now) {
    if (run == null) {
      return group.pushed().plus(UNKNOWN).isBefore(now)
          ? Optional.of(new Action.DeleteGauges(group.runId(), "MLflow knows no such run"))
          : Optional.empty();
    }
    Instant last = run.ended().isAfter(group.pushed()) ? run.ended() : group.pushed();
    return run.hasEnded() && last.plus(SCRAPED).isBefore(now)
        ? Optional.of(new Action.DeleteGauges(group.runId(), "the run has ended " + run.status()))
        : Optional.empty();
  }
}
