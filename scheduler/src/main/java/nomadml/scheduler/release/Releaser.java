package nomadml.scheduler.release;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.release.Release.State;
import nomadml.scheduler.release.ReleaseLog.Entry;
import nomadml.spec.ExitCode;

/**
 * Walks releases through their stages. Each step is read from the record, done, and written by
 * check-and-set: killed anywhere and called again it goes on, and deploys no stage twice.
 */
public final class Releaser {
  private static final int RECENT = 20;

  private final Environments environments;
  private final Clock clock;
  private final Progress progress;

  public Releaser(Environments environments, Clock clock, Progress progress) {
    this.environments = environments;
    this.clock = clock;
    this.progress = progress;
  }

  /** The release of a version: a new one, or the one under way that is the same. */
  public Release begin(ModelReference reference, List<Plan> stages, String why) {
    for (Plan stage : stages) {
      boolean isLast = stage.equals(stages.get(stages.size() - 1));
      environments.wish(
          stage, isLast, new ModelVersion(reference.name(), "0", "", "", Map.of()), "");
    }
    String first = stages.get(0).context();
    Ports ports = environments.ports(first);
    Deployer deployer = new Deployer(ports, clock, progress.stage(first));
    ModelVersion version = deployer.resolve(reference);
    Optional<Release> open = open(version.name(), first);
    if (open.isPresent()) {
      Release underWay = open.get();
      if (!underWay.version().equals(version.version())
          || !underWay.stages().stream().map(Stage::plan).toList().equals(stages)) {
        throw underWay(underWay);
      }
      progress.say("goes on with release " + underWay.id());
      return underWay;
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Release fresh =
        new Release(
            id(now),
            version.name(),
            version.version(),
            deployer.digest(version),
            ports
                .serving()
                .caller()
                .map(who -> ports.user() + " (" + who + ")")
                .orElse(ports.user()),
            why,
            now,
            State.RUNNING,
            stages.stream().map(Stage::of).toList());
    if (!environments.log(first).write(fresh, 0)) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "another release took the id " + fresh.id(),
          "type it again");
    }
    progress.wrote(fresh);
    return fresh;
  }

  private static String id(Instant now) {
    return now.toString().replaceAll("[^0-9]", "").substring(0, 14)
        + "-"
        + UUID.randomUUID().toString().substring(0, 4);
  }

  private static SchedulerFailure underWay(Release open) {
    return new SchedulerFailure(
        ExitCode.USAGE,
        "release %s of %s/%s through %s is under way"
            .formatted(
                open.id(),
                open.model(),
                open.version(),
                String.join(
                    ",", open.stages().stream().map(stage -> stage.plan().toString()).toList())),
        "submit-job release resume %1$s, or submit-job release cancel %1$s"
            .formatted(open.model()));
  }

  /** Goes with a release to its end. */
  public Release follow(Release release) {
    ReleaseLog log = environments.log(release.stages().get(0).context());
    Passage passage = new Passage(environments, clock, progress);
    while (true) {
      Entry seen = entry(log, release);
      Release now = seen.release();
      if (now.state().over()) {
        return now;
      }
      write(log, seen, passage.step(now));
    }
  }

  /** Takes back what a release has promoted, the last stage first. */
  public Release revert(Release release) {
    if (!release.state().over()) {
      throw underWay(release);
    }
    ReleaseLog log = environments.log(release.stages().get(0).context());
    Return back = new Return(environments, clock, progress);
    while (true) {
      Entry seen = entry(log, release);
      Optional<Release> changed = back.step(seen.release());
      if (changed.isEmpty()) {
        return seen.release();
      }
      write(log, seen, changed.get());
    }
  }

  /** Gives up a release that is under way; its stages stay as they are. */
  public Release cancel(Release release, String why) {
    ReleaseLog log = environments.log(release.stages().get(0).context());
    while (true) {
      Entry seen = entry(log, release);
      Release now = seen.release();
      if (now.state().over()) {
        return now;
      }
      int at = now.first(stage -> stage.state() != Stage.State.DONE);
      Release given =
          at < 0
              ? now.with(State.CANCELLED)
              : now.with(
                  at,
                  now.stages()
                      .get(at)
                      .ended(Stage.State.CANCELLED, clock.instant(), why, List.of()),
                  State.CANCELLED);
      write(log, seen, given);
    }
  }

  /** A release that is under way, which begins in this environment. */
  public Optional<Release> open(String model, String first) {
    return history(model, first, RECENT).stream().filter(one -> !one.state().over()).findFirst();
  }

  /** The releases of a model that begin in an environment, the newest first. */
  public List<Release> history(String model, String first, int limit) {
    return environments.log(first).newest(model, limit).stream().map(Entry::release).toList();
  }

  /** As it is written down now; as it was when that can't be read. */
  public Release now(Release release) {
    try {
      return entry(environments.log(release.stages().get(0).context()), release).release();
    } catch (SchedulerFailure e) {
      return release;
    }
  }

  /** When somebody else wrote meanwhile, what comes next is read again. */
  private void write(ReleaseLog log, Entry seen, Release changed) {
    if (log.write(changed, seen.index())) {
      progress.wrote(changed);
    }
  }

  private static Entry entry(ReleaseLog log, Release release) {
    return log.entry(release.model(), release.id())
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.CANCELLED,
                    "the record of release " + release.id() + " is gone",
                    "submit-job release history " + release.model()));
  }
}
