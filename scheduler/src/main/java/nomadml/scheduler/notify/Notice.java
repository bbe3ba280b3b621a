package nomadml.scheduler.notify;

import java.util.Locale;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.JobFile;

/**
 * Something one name is to be told of a run.
 *
 * @param to a name the operator gave an address
 */
public record Notice(Run run, JobFile.Event event, String to) {
  /** The event as job files write it. */
  String word() {
    return event.name().toLowerCase(Locale.ROOT);
  }

  /** What a run's tag says once it is told. */
  String key() {
    return word() + ":" + to;
  }

  /** What would be done, for a person. */
  public String sentence() {
    return "tell %s of run %s %s: %s".formatted(to, run.name(), run.id(), word());
  }
}
