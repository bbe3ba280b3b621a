package nomadml.scheduler.reconcile;

import static nomadml.scheduler.Jobs.allocation;
import static nomadml.scheduler.Jobs.drained;
import static nomadml.scheduler.Jobs.event;
import static nomadml.scheduler.Jobs.exited;
import static nomadml.scheduler.Jobs.job;
import static nomadml.scheduler.Jobs.running;
import static nomadml.scheduler.Jobs.stopped;
import static nomadml.scheduler.submit.Job.Phase.DEAD;
import static nomadml.scheduler.submit.Job.Phase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.reconcile.Verdict.Kind;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Event;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.Job;
import nomadml.spec.FailureCause;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class VerdictsTest {
  static Stream<Arguments> endings() {
    Job dead = job(DEAD);
    Event oom = new Event("Terminated", Jobs.START, "OOM Killed", true);
    return Stream.of(
        arguments("it runs", job(RUNNING), List.of(running(1)), Kind.GOES_ON, null),
        arguments("it is replaced", job(RUNNING), List.of(exited(1, 9)), Kind.GOES_ON, null),
        arguments("it is done", dead, List.of(exited(1, 0)), Kind.DONE, null),
        arguments("done, then stopped", stopped(), List.of(exited(1, 0)), Kind.DONE, null),
        arguments(
            "stopped", stopped(), List.of(exited(1, 143)), Kind.CANCELLED, FailureCause.CANCELLED),
        arguments(
            "stopped while it ran",
            stopped(),
            List.of(running(1)),
            Kind.CANCELLED,
            FailureCause.CANCELLED),
        arguments(
            "stopped before placed", stopped(), List.of(), Kind.CANCELLED, FailureCause.CANCELLED),
        arguments("never placed", dead, List.of(), Kind.FAILED, FailureCause.NO_CAPACITY),
        arguments("dead, task still leaving", dead, List.of(running(1)), Kind.GOES_ON, null),
        arguments("drained", dead, List.of(drained(1)), Kind.RESUMABLE, FailureCause.DRAINED),
        arguments(
            "left with 143", dead, List.of(exited(1, 143)), Kind.RESUMABLE, FailureCause.DRAINED),
        arguments(
            "pre-empted, and the task left with 0",
            dead,
            List.of(allocation(1, Status.COMPLETE, "evict", "", 0, event("Started", ""))),
            Kind.RESUMABLE,
            FailureCause.PREEMPTED),
        arguments(
            "node lost",
            dead,
            List.of(allocation(1, Status.LOST, "stop", "alloc is lost", null)),
            Kind.FAILED,
            FailureCause.NODE_LOST),
        arguments(
            "image not there",
            dead,
            List.of(
                allocation(
                    1, Status.FAILED, "run", "", null, event("Driver Failure", "Failed to pull"))),
            Kind.FAILED,
            FailureCause.IMAGE_PULL),
        arguments(
            "driver broken",
            dead,
            List.of(
                allocation(
                    1, Status.FAILED, "run", "", null, event("Driver Failure", "no such file"))),
            Kind.FAILED,
            FailureCause.INTERNAL),
        arguments(
            "out of memory",
            dead,
            List.of(allocation(1, Status.FAILED, "run", "", 137, oom)),
            Kind.FAILED,
            FailureCause.OUT_OF_MEMORY),
        arguments("crashed", dead, List.of(exited(1, 134)), Kind.FAILED, FailureCause.INTERNAL),
        arguments(
            "the newest allocation decides",
            dead,
            List.of(exited(1, 1), exited(2, 0)),
            Kind.DONE,
            null));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("endings")
  void tellsHowAJobEnded(
      String name, Job job, List<Allocation> allocations, Kind kind, @Nullable FailureCause cause) {
    Verdict verdict = Verdicts.of(job, allocations);
    assertThat(verdict.kind()).as(name).isEqualTo(kind);
    assertThat(verdict.cause()).as(name).isEqualTo(cause);
    assertThat(verdict.evidence().isBlank()).as(name).isEqualTo(kind == Kind.GOES_ON);
  }

  @Test
  void evidenceNamesWhatWasSeen() {
    assertThat(Verdicts.of(job(DEAD, "3 nodes: cpu exhausted"), List.of()).evidence())
        .isEqualTo("it was never placed: 3 nodes: cpu exhausted");
    assertThat(Verdicts.of(job(DEAD), List.of(exited(3, 134))).evidence())
        .isEqualTo("the task on node-3 left with 134");
    assertThat(Verdicts.of(job(DEAD), List.of(exited(3, 134))).when())
        .isEqualTo(Jobs.START.plusSeconds(60));
  }
}
