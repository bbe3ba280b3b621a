package nomadml.scheduler.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import nomadml.scheduler.reconcile.TaskEvents;
import nomadml.scheduler.submit.Allocation;
import org.jspecify.annotations.Nullable;

/** Says in words what is new about the servers of a deployment. */
final class Changes {
  private Changes() {}

  static List<String> between(List<Replica> before, List<Replica> now) {
    List<String> sentences = new ArrayList<>();
    for (Replica replica : now) {
      Replica old =
          before.stream()
              .filter(one -> one.allocation().id().equals(replica.allocation().id()))
              .findFirst()
              .orElse(null);
      if (old == null) {
        sentences.add(name(replica) + " placed on " + replica.allocation().nodeName());
      }
      for (Allocation.Event event : replica.allocation().events()) {
        if (isBad(event) && (old == null || !old.allocation().events().contains(event))) {
          sentences.add(name(replica) + ": " + words(event));
        }
      }
      health(old, replica, sentences);
    }
    return sentences;
  }

  private static void health(@Nullable Replica old, Replica now, List<String> sentences) {
    Boolean before = old == null ? null : old.healthy();
    if (now.healthy() != null && !now.healthy().equals(before)) {
      sentences.add(name(now) + (now.healthy() ? " is healthy" : " is not healthy"));
    }
  }

  /** What speaks against a server, for the record. */
  static List<String> evidence(Replica replica) {
    List<String> lines = new ArrayList<>();
    for (Allocation.Event event : replica.allocation().events()) {
      if (isBad(event)) {
        lines.add(name(replica) + " on " + replica.allocation().nodeName() + ": " + words(event));
      }
    }
    if (lines.isEmpty() && isIll(replica)) {
      lines.add(
          name(replica)
              + " on "
              + replica.allocation().nodeName()
              + " did not become healthy ("
              + replica.allocation().status().name().toLowerCase(Locale.ROOT)
              + ")");
    }
    return lines.subList(Math.max(0, lines.size() - 3), lines.size());
  }

  static boolean isIll(Replica replica) {
    return Boolean.FALSE.equals(replica.healthy())
        || replica.allocation().status() == Allocation.Status.FAILED
        || replica.allocation().status() == Allocation.Status.LOST
        || (replica.healthy() == null
            && replica.allocation().events().stream().anyMatch(Changes::isBad));
  }

  private static boolean isBad(Allocation.Event event) {
    boolean isCrash =
        event.type().equals(TaskEvents.TERMINATED)
            && !event.message().matches("(?s)Exit Code: 0\\b.*");
    return isCrash || event.oomKilled() || TaskEvents.isFailureToStart(event.type());
  }

  private static String words(Allocation.Event event) {
    return event.message().isBlank() ? event.type() : event.type() + ": " + event.message();
  }

  static String name(Replica replica) {
    String id = replica.allocation().id();
    return (replica.canary() ? "canary " : "server ") + (id.length() > 8 ? id.substring(0, 8) : id);
  }
}
