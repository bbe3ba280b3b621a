package nomadml.scheduler.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import nomadml.scheduler.reconcile.Verdict.Kind;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Event;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.Job;
import nomadml.spec.FailureCause;
import nomadml.spec.TaskExit;
import org.jspecify.annotations.Nullable;

/** Reads from a job and its allocations what became of it; decides nothing by time. */
public final class Verdicts {
  private static final Pattern IMAGE =
      Pattern.compile("image|pull|manifest|registry|docker hub", Pattern.CASE_INSENSITIVE);

  private Verdicts() {}

  /** What became of a job. */
  public static Verdict of(Job job, List<Allocation> allocations) {
    if (job.phase() != Job.Phase.DEAD) {
      return verdict(Kind.GOES_ON, null, "", job.submitted());
    }
    if (allocations.isEmpty()) {
      return neverPlaced(job);
    }
    Allocation last = allocations.get(allocations.size() - 1);
    Instant when = lastMoment(last);
    if (last.status() == Status.COMPLETE && isExit(last, TaskExit.DONE) && !last.preempted()) {
      return verdict(Kind.DONE, null, "the task left with 0", when);
    }
    if (job.stopped()) {
      return verdict(Kind.CANCELLED, FailureCause.CANCELLED, "the job was stopped", when);
    }
    if (!last.status().isTerminal()) {
      return verdict(Kind.GOES_ON, null, "", when);
    }
    return ended(last, when);
  }

  private static Verdict neverPlaced(Job job) {
    if (job.stopped()) {
      return verdict(
          Kind.CANCELLED,
          FailureCause.CANCELLED,
          "the job was stopped before it was placed",
          job.submitted());
    }
    String reasons = String.join("; ", job.waitingFor());
    String evidence = "it was never placed" + (reasons.isEmpty() ? "" : ": " + reasons);
    return verdict(Kind.FAILED, FailureCause.NO_CAPACITY, evidence, job.submitted());
  }

  /** Why an allocation that another one followed has ended. */
  static Verdict of(Allocation replaced) {
    return ended(replaced, lastMoment(replaced));
  }

  private static Verdict ended(Allocation last, Instant when) {
    String node = last.nodeName();
    String reason = last.desiredReason().toLowerCase(Locale.ROOT);
    if (last.status() == Status.LOST || reason.contains("lost")) {
      return verdict(Kind.FAILED, FailureCause.NODE_LOST, "node " + node + " was lost", when);
    }
    if (last.preempted() || last.desired().equals("evict")) {
      String evidence = "a job of higher priority took its place on " + node;
      return verdict(Kind.RESUMABLE, FailureCause.PREEMPTED, evidence, when);
    }
    if (last.desired().equals("stop") && (reason.contains("migrat") || reason.contains("drain"))) {
      return verdict(Kind.RESUMABLE, FailureCause.DRAINED, "node " + node + " was drained", when);
    }
    if (isExit(last, TaskExit.RESUMABLE)) {
      String evidence = "the task on " + node + " left with 143, after a checkpoint";
      return verdict(Kind.RESUMABLE, FailureCause.DRAINED, evidence, when);
    }
    return failed(last, when);
  }

  private static Verdict failed(Allocation last, Instant when) {
    Optional<Event> outOfMemory = last.events().stream().filter(Event::oomKilled).findFirst();
    if (outOfMemory.isPresent()) {
      return verdict(Kind.FAILED, FailureCause.OUT_OF_MEMORY, said(outOfMemory.get()), when);
    }
    Optional<Event> start = failureToStart(last);
    if (start.isPresent() && last.exitCode() == null) {
      FailureCause cause =
          IMAGE.matcher(start.get().message()).find()
              ? FailureCause.IMAGE_PULL
              : FailureCause.INTERNAL;
      return verdict(Kind.FAILED, cause, said(start.get()), when);
    }
    return verdict(Kind.FAILED, FailureCause.INTERNAL, exit(last), when);
  }

  private static Optional<Event> failureToStart(Allocation allocation) {
    return newest(
        allocation.events().stream()
            .filter(event -> TaskEvents.isFailureToStart(event.type()))
            .toList());
  }

  private static Optional<Event> newest(List<Event> events) {
    return events.isEmpty() ? Optional.empty() : Optional.of(events.get(events.size() - 1));
  }

  private static String exit(Allocation last) {
    String where = " on " + last.nodeName();
    if (last.signal() != null && last.signal() != 0) {
      return "the task" + where + " was killed by signal " + last.signal();
    }
    if (last.exitCode() != null) {
      return "the task" + where + " left with " + last.exitCode();
    }
    return newest(last.events()).map(Verdicts::said).orElse("the task" + where + " never ran");
  }

  private static String said(Event event) {
    return event.message().isBlank() ? event.type() : event.type() + ": " + event.message();
  }

  private static boolean isExit(Allocation allocation, int code) {
    return allocation.exitCode() != null && allocation.exitCode() == code;
  }

  private static Instant lastMoment(Allocation allocation) {
    return newest(allocation.events()).map(Event::time).orElse(allocation.created());
  }

  private static Verdict verdict(
      Kind kind, @Nullable FailureCause cause, String evidence, Instant when) {
    return new Verdict(kind, cause, evidence, when);
  }
}
