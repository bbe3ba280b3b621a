package nomadml.scheduler.release;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.InMemoryPorts;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.deploy.Talk;
import nomadml.scheduler.deploy.Wish;
import nomadml.scheduler.deploy.Wishes;
import nomadml.spec.ExitCode;
import nomadml.spec.TimeSpan;

/** Environments in memory, each with servers of its own. */
final class InMemoryEnvironments implements Environments, Progress {
  final InMemoryReleases releases = new InMemoryReleases();
  final Map<String, InMemoryPorts> places = new TreeMap<>();
  final Map<String, List<String>> gates = new HashMap<>();

  /** Clusters that can't be reached. */
  final Set<String> away = new HashSet<>();

  final List<String> said = new ArrayList<>();
  final SettableClock clock;

  InMemoryEnvironments(SettableClock clock, String... contexts) {
    this.clock = clock;
    for (String context : contexts) {
      InMemoryPorts ports = new InMemoryPorts(clock);
      ports.serving.host = context + ".test";
      places.put(context, ports);
    }
  }

  InMemoryPorts at(String context) {
    InMemoryPorts ports = places.get(context);
    if (ports == null) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "there is no context " + context, "there are " + places.keySet());
    }
    return ports;
  }

  /** Lets a version run there already. */
  Deployment running(String context, String version) {
    Deployer deployer = new Deployer(at(context).ports(), clock, said::add);
    ModelVersion known = new ModelVersion("digits", version, "", "", Map.of());
    Wish wish = wish(new Plan(context, false), false, known, "sha256:" + version.repeat(64));
    Wish ungated =
        new Wish(
            wish.model(),
            wish.version(),
            wish.digest(),
            wish.settings(),
            List.of(),
            null,
            wish.label(),
            wish.window(),
            wish.patience(),
            null,
            "",
            List.of());
    Deployment done = deployer.follow(deployer.begin(ungated, "before"));
    clock.advance(Duration.ofMinutes(1));
    return done;
  }

  /** What happens after each change anywhere. */
  void changed(Runnable event) {
    releases.changed = event;
    places.values().forEach(ports -> ports.serving.changed = event);
  }

  @Override
  public ReleaseLog log(String context) {
    at(context);
    return releases;
  }

  @Override
  public Ports ports(String context) {
    Ports ports = at(context).ports();
    if (away.contains(context)) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE, "can't reach Nomad of " + context, "is it up?");
    }
    return ports;
  }

  @Override
  public Wish wish(Plan stage, boolean last, ModelVersion version, String digest) {
    at(stage.context());
    return new Wish(
        version.name(),
        version.version(),
        digest,
        Wishes.settings(2, 1),
        gates.getOrDefault(stage.context(), List.of()),
        null,
        "kind",
        TimeSpan.parse("1m"),
        TimeSpan.parse("10m"),
        stage.approval() ? TimeSpan.parse("2h") : null,
        last ? "champion" : "",
        List.of());
  }

  @Override
  public Talk stage(String context) {
    return sentence -> said.add(context + ": " + sentence);
  }

  @Override
  public void say(String sentence) {
    said.add(sentence);
  }

  @Override
  public void wrote(Release release) {}
}
