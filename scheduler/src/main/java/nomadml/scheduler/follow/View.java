package nomadml.scheduler.follow;

import java.util.List;
import java.util.Optional;
import nomadml.scheduler.reconcile.TaskEvents;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.Job;

/** A job and its allocations, the oldest first, at one moment. */
record View(Job job, List<Allocation> allocations) {

  Optional<Allocation> newest() {
    return allocations.isEmpty()
        ? Optional.empty()
        : Optional.of(allocations.get(allocations.size() - 1));
  }

  /** Whether a task of it runs or is about to. */
  boolean isPlaced() {
    return newest().filter(newest -> !newest.status().isTerminal()).isPresent();
  }

  Optional<Allocation> allocation(String id) {
    return allocations.stream().filter(each -> each.id().equals(id)).findFirst();
  }

  /** Whether its task may have written something. */
  static boolean hasStarted(Allocation allocation) {
    return allocation.status() == Status.RUNNING
        || allocation.exitCode() != null
        || allocation.events().stream().anyMatch(event -> event.type().equals(TaskEvents.STARTED));
  }
}
