package nomadml.scheduler.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.context.Choices;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.ServiceDirectory;

/** The platform of a process: its flags, its environment and the servers they name. */
final class Connection implements Platform {
  private final Map<String, String> environment;
  private final Clock clock;

  private Connection(Map<String, String> environment, Clock clock) {
    this.environment = environment;
    this.clock = clock;
  }

  static Platform of(Choices choices, Map<String, String> environment, Clock clock) {
    return new Connection(environment, clock);
  }

  @Override
  public Cluster cluster() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<RunTracker> tracker() {
    return Optional.empty();
  }

  @Override
  public Optional<ServiceDirectory> services() {
    return Optional.empty();
  }

  @Override
  public Optional<URI> dashboard(String runId) {
    return Optional.empty();
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public Path state() {
    return Path.of(environment.getOrDefault("NOMAD_ML_STATE", "state"));
  }

  @Override
  public Clock clock() {
    return clock;
  }
}
