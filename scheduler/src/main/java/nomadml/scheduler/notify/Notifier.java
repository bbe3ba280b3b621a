package nomadml.scheduler.notify;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Announcements;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Event;
import nomadml.spec.Names;

/**
 * Finds what people are still to be told, tells it, and notes in the run's tags that they know. One
 * of these works at a time: the reconciler's job never overlaps itself.
 */
public final class Notifier {
  /** A name that could not be reached for so long after the run's end is given up. */
  static final Duration PATIENCE = Duration.ofDays(1);

  private final RunTracker tracker;
  private final Messenger messenger;
  private final Set<String> identities;
  private final Clock clock;

  /**
   * @param identities of the cluster whose runs these are; other clusters may share the tracker
   */
  public Notifier(RunTracker tracker, Messenger messenger, Set<String> identities, Clock clock) {
    this.tracker = tracker;
    this.messenger = messenger;
    this.identities = Set.copyOf(identities);
    this.clock = clock;
  }

  /** What is to be told; changes nothing. */
  public List<Notice> due() {
    return ours().flatMap(Notifier::due).toList();
  }

  /** Tells it, and notes that it is told. */
  public void tell(Notice notice) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (messenger.knows(notice.to())) {
      messenger.send(notice, tracker.link(notice.run()));
    } else {
      tags.put(Names.TAG_NOTIFY_ERROR, "no address is known for " + notice.to());
    }
    // Another notice may have been noted since the run was read.
    Run now = tracker.run(notice.run().id()).orElse(notice.run());
    Set<String> told = told(now);
    told.add(notice.key());
    tags.put(Names.TAG_NOTIFIED, String.join(",", told));
    tracker.setTags(now, tags);
  }

  /** Looks no more after runs that have ended and of which all is told, or was to be for a day. */
  public void close() {
    for (Run run : ours().toList()) {
      List<Notice> left = due(run).toList();
      boolean late = run.hasEnded() && run.ended().plus(PATIENCE).isBefore(clock.instant());
      if (run.hasEnded() && (left.isEmpty() || late)) {
        Map<String, String> tags = new LinkedHashMap<>(Map.of(Names.TAG_NOTIFY_OPEN, "no"));
        if (!left.isEmpty()) {
          tags.put(
              Names.TAG_NOTIFY_ERROR,
              "given up: " + String.join(", ", left.stream().map(Notice::key).toList()));
        }
        tracker.setTags(run, tags);
      }
    }
  }

  /** A run without a cluster, one that trained on somebody's own machine, is everybody's. */
  private Stream<Run> ours() {
    return tracker.unannounced().stream()
        .filter(
            run -> {
              String named = run.tags().get(Names.TAG_CLUSTER);
              return named == null
                  || !Collections.disjoint(List.of(named.split(",", -1)), identities);
            });
  }

  private static Stream<Notice> due(Run run) {
    Set<String> told = told(run);
    List<Event> events = events(run);
    return Announcements.read(run.tags()).stream()
        .flatMap(
            wish -> wish.on().stream().filter(events::contains).map(on -> notice(run, on, wish)))
        .distinct()
        .filter(notice -> !told.contains(notice.key()));
  }

  private static Notice notice(Run run, Event event, JobFile.Notification wish) {
    return new Notice(run, event, wish.to());
  }

  /** What has happened to it. */
  private static List<Event> events(Run run) {
    List<Event> events = new ArrayList<>();
    if (run.metrics().keySet().stream().anyMatch(name -> !name.startsWith("system/"))) {
      events.add(Event.FIRST_METRIC);
    }
    switch (run.status()) {
      case "FINISHED" -> events.add(Event.FINISHED);
      case "FAILED" -> events.add(Event.FAILED);
      case "KILLED" -> events.add(Event.KILLED);
      default -> {} // It goes on.
    }
    return events;
  }

  private static Set<String> told(Run run) {
    Set<String> told = new LinkedHashSet<>();
    for (String key : run.tags().getOrDefault(Names.TAG_NOTIFIED, "").split(",", -1)) {
      if (!key.isEmpty()) {
        told.add(key);
      }
    }
    return told;
  }
}
