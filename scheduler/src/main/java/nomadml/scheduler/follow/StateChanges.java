package nomadml.scheduler.follow;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import nomadml.scheduler.reconcile.TaskEvents;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Event;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.Job;
import nomadml.spec.TaskExit;
import org.jspecify.annotations.Nullable;

/** Says in words what is new in a view. */
final class StateChanges {
  private static final String UUID = "[0-9a-f]{8}-[0-9a-f-]{27}";

  private StateChanges() {}

  static List<String> between(@Nullable View before, View now) {
    List<String> sentences = new ArrayList<>();
    for (Allocation allocation : now.allocations()) {
      Allocation old = before == null ? null : before.allocation(allocation.id()).orElse(null);
      if (old == null && before == null && isHistory(now, allocation)) {
        continue;
      }
      placement(old, allocation, sentences);
      events(old, allocation, sentences);
      ending(old, allocation, sentences);
    }
    waiting(before, now, sentences);
    if (now.job().stopped() && (before == null || !before.job().stopped())) {
      sentences.add("stop asked for");
    }
    return sentences;
  }

  private static boolean isHistory(View now, Allocation allocation) {
    return now.newest().filter(newest -> !newest.id().equals(allocation.id())).isPresent();
  }

  private static void placement(@Nullable Allocation old, Allocation now, List<String> sentences) {
    if (old == null) {
      String id = now.id().matches(UUID) ? " (allocation " + now.id().substring(0, 8) + ")" : "";
      sentences.add("placed on " + now.nodeName() + id);
    }
  }

  private static void events(@Nullable Allocation old, Allocation now, List<String> sentences) {
    boolean isOver = false;
    for (Event event : now.events()) {
      isOver = isOver || isVerdict(event);
      if (old == null || !old.events().contains(event)) {
        String sentence = isOver && isStart(event) ? null : sentence(event);
        if (sentence != null) {
          sentences.add(sentence);
        }
      }
    }
  }

  /** The supervisor failed for good. Nomad knows no exit codes and starts it once more. */
  private static boolean isVerdict(Event event) {
    return event.type().equals(TaskEvents.TERMINATED)
        && event.message().matches("(?s)Exit Code: " + TaskExit.FAILED + "\\b.*");
  }

  private static boolean isStart(Event event) {
    return event.type().equals(TaskEvents.RESTARTING) || event.type().equals(TaskEvents.STARTED);
  }

  private static @Nullable String sentence(Event event) {
    String message = event.message();
    return switch (event.type()) {
      case TaskEvents.STARTED -> "started";
      case TaskEvents.RESTARTING -> "restarts: " + message;
      case "Driver" -> message;
      case "Downloading Artifacts" -> "fetches its artifacts";
      case "Template" -> "waits: " + message;
      default ->
          event.oomKilled()
              ? "out of memory: " + message
              : TaskEvents.isFailureToStart(event.type()) ? event.type() + ": " + message : null;
    };
  }

  private static void ending(@Nullable Allocation old, Allocation now, List<String> sentences) {
    Status status = now.status();
    if (old == null || old.status() != status) {
      if (status == Status.LOST) {
        sentences.add("node " + now.nodeName() + " is lost; the job is placed again");
      } else if (status == Status.UNKNOWN) {
        sentences.add("node " + now.nodeName() + " does not answer");
      } else if (old != null && old.status() == Status.UNKNOWN && status == Status.RUNNING) {
        sentences.add("node " + now.nodeName() + " answers again");
      }
    }
    if (old != null && old.desired().equals(now.desired())) {
      return;
    }
    if (now.preempted() || now.desired().equals("evict")) {
      sentences.add("makes room for a job of higher priority");
    } else if (now.desired().equals("stop")
        && now.desiredReason().toLowerCase(Locale.ROOT).contains("migrat")) {
      sentences.add("node " + now.nodeName() + " drains");
    }
  }

  private static void waiting(@Nullable View before, View now, List<String> sentences) {
    List<String> reasons = reasons(now);
    if (!reasons.isEmpty() && (before == null || !reasons(before).equals(reasons))) {
      sentences.add("waits: " + String.join("; ", reasons));
    }
  }

  /** Nomad has some already while the task that makes room is still leaving. */
  private static List<String> reasons(View view) {
    boolean isWaiting = !view.isPlaced() && view.job().phase() != Job.Phase.DEAD;
    return isWaiting ? view.job().waitingFor() : List.of();
  }
}
