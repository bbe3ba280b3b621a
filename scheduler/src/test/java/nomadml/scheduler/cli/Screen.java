package nomadml.scheduler.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.context.Choices;
import nomadml.scheduler.deploy.InMemoryPorts;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.release.InMemoryReleases;
import nomadml.scheduler.release.ReleaseLog;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.InMemoryCluster;
import nomadml.scheduler.submit.InMemoryRunTracker;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.ServiceDirectory;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** Runs commands against servers in memory and keeps what they print. */
final class Screen implements Platform {
  final InMemoryCluster cluster = new InMemoryCluster();
  final InMemoryRunTracker tracker = new InMemoryRunTracker();
  final SettableClock clock;
  final InMemoryPorts deployments;
  final Map<String, String> environment = new HashMap<>();
  final InMemoryReleases releases = new InMemoryReleases();

  /** By the names that config.yaml would have; itself is none of them. */
  final Map<String, Screen> contexts = new TreeMap<>();

  List<String> deployOptions = List.of();
  @Nullable List<ServiceDirectory.Service> services;
  Choices choices = Choices.NONE;
  Path state = Path.of("unused");
  String out = "";
  String err = "";

  Screen() {
    this(new SettableClock(Jobs.START.plusSeconds(300)));
  }

  Screen(SettableClock clock) {
    this.clock = clock;
    deployments = new InMemoryPorts(clock);
  }

  /** Types {@code submit-job arguments…}; its exit code. */
  int type(String... arguments) {
    ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    Console console =
        "json".equals(environment.get("NOMAD_ML_LOG"))
            ? Consoles.logging(stdout, stderr, clock)
            : new Console(stream(stdout), stream(stderr), false, false, 100);
    int exitCode = Main.commandLine(console, this::connect).execute(arguments);
    out = stdout.toString(StandardCharsets.UTF_8);
    err = stderr.toString(StandardCharsets.UTF_8);
    return exitCode;
  }

  private Platform connect(Choices chosen) {
    choices = chosen;
    if (chosen.context() == null || contexts.isEmpty()) {
      return this;
    }
    Screen other = contexts.get(chosen.context());
    if (other == null) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "there is no context " + chosen.context(),
          "there are " + String.join(", ", contexts.keySet()));
    }
    return other;
  }

  private static PrintStream stream(ByteArrayOutputStream target) {
    return new PrintStream(target, true, StandardCharsets.UTF_8);
  }

  @Override
  public Cluster cluster() {
    return cluster;
  }

  @Override
  public Optional<RunTracker> tracker() {
    return Optional.of(tracker);
  }

  @Override
  public Optional<ServiceDirectory> services() {
    return Optional.ofNullable(services).map(Directory::new);
  }

  @Override
  public Optional<URI> dashboard(String runId) {
    return Optional.of(URI.create("http://grafana.test/d/training?run=" + runId));
  }

  @Override
  public Ports deploying(@Nullable String prometheus) {
    return deployments.ports();
  }

  @Override
  public ReleaseLog releases() {
    return releases;
  }

  @Override
  public List<String> deployOptions() {
    return deployOptions;
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public Path state() {
    return state;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  private record Directory(List<Service> services) implements ServiceDirectory {
    @Override
    public Optional<URI> find(String service) {
      return services.stream()
          .filter(each -> each.name().equals(service) && each.status().equals("passing"))
          .map(Service::address)
          .findFirst();
    }

    @Override
    public List<Service> instances(String service) {
      return services.stream().filter(each -> each.name().equals(service)).toList();
    }
  }
}
