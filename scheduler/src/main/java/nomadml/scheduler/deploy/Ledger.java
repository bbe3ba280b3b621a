package nomadml.scheduler.deploy;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.Deployment.Step;
import nomadml.scheduler.deploy.DeploymentLog.Entry;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;

/** Writes down what happens: into the log, where it counts, and as tags of the model version. */
final class Ledger {
  private static final int TRIES = 10;
  private static final int LONGEST_TAG = 500;

  private final Ports ports;
  private final Clock clock;
  private final Talk talk;

  Ledger(Ports ports, Clock clock, Talk talk) {
    this.ports = ports;
    this.clock = clock;
    this.talk = talk;
  }

  /** Who does it, as the machine and the cluster know them. */
  String who() {
    return ports
        .serving()
        .caller()
        .map(name -> ports.user() + " (" + name + ")")
        .orElse(ports.user());
  }

  Step step(String what, String why, List<String> measured) {
    return new Step(clock.instant(), who(), what, why, measured);
  }

  /** Begins one. */
  Deployment open(Deployment fresh) {
    if (!ports.log().write(fresh, 0)) {
      throw busy(fresh);
    }
    told(fresh, fresh.last());
    return fresh;
  }

  /**
   * Notes a step, and what follows from it.
   *
   * @param still what must hold of the deployment as it is now
   * @return it with the step; empty when that does not hold any more
   */
  Optional<Deployment> note(Deployment seen, Step step, State next, Predicate<Deployment> still) {
    for (int left = TRIES; left > 0; left--) {
      Optional<Entry> entry = ports.log().entry(seen.wish().model(), seen.id());
      if (entry.isEmpty() || !still.test(entry.get().deployment())) {
        return Optional.empty();
      }
      Deployment noted = entry.get().deployment().with(step, next);
      if (ports.log().write(noted, entry.get().index())) {
        told(noted, step);
        return Optional.of(noted);
      }
    }
    throw busy(seen);
  }

  /** Notes a step that changes nothing, unless there is one. */
  Deployment once(Deployment seen, String what, String why, List<String> measured) {
    Step step = step(what, why, measured);
    return note(seen, step, seen.state(), now -> isSame(now, seen) && now.step(what).isEmpty())
        .orElse(seen);
  }

  static boolean isSame(Deployment now, Deployment seen) {
    return now.state() == seen.state();
  }

  private void told(Deployment deployment, Step step) {
    talk.recorded(deployment, step);
    if (!step.equals(deployment.last())) {
      return;
    }
    try {
      ports.registry().setTags(version(deployment), tags(deployment));
    } catch (SchedulerFailure e) {
      talk.say("note: the tags of the model version are not set: " + e.getMessage());
    }
  }

  private static Map<String, String> tags(Deployment deployment) {
    Step step = deployment.last();
    Map<String, String> tags = new LinkedHashMap<>();
    tag(tags, "id", deployment.id());
    tag(tags, "kind", deployment.kind().name().toLowerCase(Locale.ROOT));
    tag(tags, "service", deployment.wish().service());
    tag(tags, "state", deployment.state().name().toLowerCase(Locale.ROOT));
    tag(tags, "step", step.what());
    tag(tags, "at", step.at().toString());
    tag(tags, "by", step.by());
    tag(tags, "why", step.why());
    if (!step.measured().isEmpty()) {
      tag(tags, "measured", String.join("; ", step.measured()));
    }
    return tags;
  }

  private static void tag(Map<String, String> tags, String name, String value) {
    tags.put(
        Names.TAG_DEPLOY + name,
        value.length() <= LONGEST_TAG ? value : value.substring(0, LONGEST_TAG - 1) + "…");
  }

  static ModelVersion version(Deployment deployment) {
    Wish wish = deployment.wish();
    return new ModelVersion(wish.model(), wish.version(), "", "", Map.of());
  }

  private SchedulerFailure busy(Deployment deployment) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        "could not note what happened to deployment "
            + deployment.id()
            + ": others write it all the time",
        "submit-job deploy history " + deployment.wish().model() + ", then type it again");
  }
}
