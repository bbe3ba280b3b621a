package nomadml.scheduler.follow;

import static nomadml.scheduler.Jobs.allocation;
import static nomadml.scheduler.Jobs.drained;
import static nomadml.scheduler.Jobs.event;
import static nomadml.scheduler.Jobs.exited;
import static nomadml.scheduler.Jobs.job;
import static nomadml.scheduler.Jobs.running;
import static nomadml.scheduler.submit.Job.Phase.DEAD;
import static nomadml.scheduler.submit.Job.Phase.PENDING;
import static nomadml.scheduler.submit.Job.Phase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Event;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.Job;
import org.junit.jupiter.api.Test;

final class StateChangesTest {
  private static final Event STARTED = event("Started", "");

  @Test
  void saysTheSameOnlyOnce() {
    View view = view(job(RUNNING), running(1));
    assertThat(StateChanges.between(null, view)).isNotEmpty();
    assertThat(StateChanges.between(view, view)).isEmpty();
  }

  @Test
  void aPreemptedJobWaitsFromWhenItsTaskHasLeft() {
    Allocation leaving = allocation(1, Status.RUNNING, "evict", "", null, STARTED);
    Allocation left = allocation(1, Status.COMPLETE, "evict", "", 143, STARTED);
    assertThat(
            told(
                view(job(RUNNING), running(1)),
                view(job(PENDING, "1 node: cpu exhausted"), leaving),
                view(job(PENDING, "1 node: cpu exhausted"), left),
                view(job(PENDING, "1 node: memory exhausted"), left)))
        .containsExactly(
            "placed on node-1 (allocation 10000000)",
            "started",
            "makes room for a job of higher priority",
            "waits: 1 node: cpu exhausted",
            "waits: 1 node: memory exhausted");
  }

  @Test
  void aSilentNodeMayComeBack() {
    Allocation unknown = allocation(1, Status.UNKNOWN, "run", "", null, STARTED);
    assertThat(
            told(
                view(job(RUNNING), running(1)),
                view(job(RUNNING), unknown),
                view(job(RUNNING), running(1))))
        .contains("node node-1 does not answer", "node node-1 answers again");
  }

  @Test
  void tellsWhyATaskDoesNotStartOrStartsAgain() {
    Allocation waiting =
        allocation(
            1,
            Status.PENDING,
            "run",
            "",
            null,
            event("Received", "Task received by client"),
            event("Driver", "Downloading image"),
            event("Template", "Missing: nomad.var.block(secrets)"),
            event("Driver Failure", "no such image"),
            new Event("Terminated", Jobs.START, "OOM Killed", true),
            event("Restarting", "Task restarting in 1s"));
    assertThat(told(view(job(PENDING), waiting)))
        .containsExactly(
            "placed on node-1 (allocation 10000000)",
            "Downloading image",
            "waits: Missing: nomad.var.block(secrets)",
            "Driver Failure: no such image",
            "out of memory: OOM Killed",
            "restarts: Task restarting in 1s");
  }

  @Test
  void aTaskThatFailedForGoodIsNotSaidToRestart() {
    Allocation again =
        allocation(
            1,
            Status.RUNNING,
            "run",
            "",
            null,
            event("Started", ""),
            event("Terminated", "Exit Code: 1, Exit Message: \"exit\""),
            event("Restarting", "Task restarting in 1s"),
            event("Started", "Task started by client"));
    assertThat(told(view(job(RUNNING), again)))
        .containsExactly("placed on node-1 (allocation 10000000)", "started");
  }

  @Test
  void aTaskThatWasKilledIsSaidToRestart() {
    Allocation again =
        allocation(
            1,
            Status.RUNNING,
            "run",
            "",
            null,
            event("Terminated", "Exit Code: 137, Exit Message: \"killed\""),
            event("Restarting", "Task restarting in 1s"));
    assertThat(told(view(job(RUNNING), again))).contains("restarts: Task restarting in 1s");
  }

  @Test
  void aDrainIsTold() {
    assertThat(told(view(job(RUNNING), running(1)), view(job(DEAD), drained(1))))
        .contains("node node-1 drains");
  }

  @Test
  void followedLateAJobTellsOfItsNewestPlaceOnly() {
    assertThat(told(view(job(RUNNING), exited(1, 137), running(2))))
        .containsExactly("placed on node-2 (allocation 20000000)", "started");
  }

  private static View view(Job job, Allocation... allocations) {
    return new View(job, List.of(allocations));
  }

  private static List<String> told(View... views) {
    List<String> sentences = new ArrayList<>();
    View before = null;
    for (View view : views) {
      sentences.addAll(StateChanges.between(before, view));
      before = view;
    }
    return sentences;
  }
}
