package nomadml.scheduler.follow;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.reconcile.Verdict;
import nomadml.scheduler.reconcile.Verdict.Kind;
import nomadml.scheduler.reconcile.Verdicts;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import org.jspecify.annotations.Nullable;

/** Decides when a followed job has ended, and how: by its last words, else by the cluster. */
final class Ending {
  /** How long a task may take to leave, and its output to arrive, when all is said. */
  private static final Duration LEAVING = Duration.ofSeconds(30);

  private static final Duration RESUMING = Duration.ofMinutes(2);

  private final Cluster cluster;
  private final Job job;
  private final Display display;
  private final Clock clock;
  private @Nullable Progress lastWord;
  private @Nullable Instant lastWordTime;
  private @Nullable Progress latest;
  private @Nullable Instant overSince;
  private @Nullable String resumedAfter;

  Ending(Cluster cluster, Job job, Display display, Clock clock) {
    this.cluster = cluster;
    this.job = job;
    this.display = display;
    this.clock = clock;
  }

  void told(Progress progress) {
    switch (progress.kind()) {
      case FINISHED, FAILED -> {
        lastWord = progress;
        lastWordTime = clock.instant();
      }
      case ATTEMPT, STARTED, RESUMED -> lastWord = null;
      default -> {}
    }
    if (progress.metrics() != null) {
      latest = progress;
    }
  }

  /** Whether the task has said how it ended, and has not begun again since. */
  boolean isSaid() {
    return lastWord != null;
  }

  /** The cluster knows the job no more. */
  Outcome vanished() {
    if (lastWord != null) {
      return Outcomes.of(job.id(), lastWord);
    }
    String evidence = job.id() + " is no longer known to " + cluster.name();
    Verdict gone = new Verdict(Kind.CANCELLED, FailureCause.CANCELLED, evidence, clock.instant());
    return Outcomes.of(job.id(), gone, latest);
  }

  /** The outcome, once it is known and all output was shown. */
  Optional<Outcome> of(View view, boolean isAllRead) {
    Progress word = lastWord;
    if (word != null && hasLeft(view, word, isAllRead)) {
      return Optional.of(Outcomes.of(job.id(), word));
    }
    Verdict verdict = Verdicts.of(view.job(), view.allocations());
    if (verdict.kind() == Kind.GOES_ON) {
      overSince = null;
      return Optional.empty();
    }
    if (overSince == null) {
      overSince = clock.instant();
    }
    if (!isAllRead && !isPast(overSince, LEAVING)) {
      return Optional.empty();
    }
    if (word != null) {
      return Optional.of(Outcomes.of(job.id(), word));
    }
    if (verdict.kind() == Kind.RESUMABLE && isResuming(view, verdict)) {
      return Optional.empty();
    }
    return Optional.of(Outcomes.of(job.id(), verdict, latest));
  }

  private boolean hasLeft(View view, Progress word, boolean isAllRead) {
    if (view.newest().filter(newest -> newest.status().isTerminal()).isPresent()) {
      return isAllRead;
    }
    return word.kind() == Progress.Kind.FINISHED
        && lastWordTime != null
        && isPast(lastWordTime, LEAVING);
  }

  private boolean isResuming(View view, Verdict verdict) {
    String allocation = view.newest().map(Allocation::id).orElse("");
    if (!allocation.equals(resumedAfter)) {
      resumedAfter = allocation;
      overSince = clock.instant();
      display.state(verdict.evidence() + "; asking for another place");
      try {
        cluster.resume(view.job());
      } catch (SchedulerFailure e) {
        display.state(String.valueOf(e.getMessage()));
        return false;
      }
    }
    return overSince != null && !isPast(overSince, RESUMING);
  }

  private boolean isPast(Instant moment, Duration patience) {
    return clock.instant().isAfter(moment.plus(patience));
  }
}
