package nomadml.scheduler.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import nomadml.scheduler.consul.ConsulDirectory;
import nomadml.scheduler.consul.ConsulWeights;
import nomadml.scheduler.context.Choices;
import nomadml.scheduler.context.Server;
import nomadml.scheduler.context.Servers;
import nomadml.scheduler.deploy.HttpPredictions;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.local.LocalCluster;
import nomadml.scheduler.local.Trainer;
import nomadml.scheduler.mlflow.MlflowRegistry;
import nomadml.scheduler.mlflow.MlflowTracker;
import nomadml.scheduler.nomad.NomadCluster;
import nomadml.scheduler.nomad.NomadReleases;
import nomadml.scheduler.nomad.NomadServing;
import nomadml.scheduler.nomad.NomadSettings;
import nomadml.scheduler.nomad.NomadVariables;
import nomadml.scheduler.notify.DeploymentNews;
import nomadml.scheduler.prometheus.PrometheusMeasurements;
import nomadml.scheduler.release.ReleaseLog;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.ServiceDirectory;
import org.jspecify.annotations.Nullable;

/** The platform of a process: its flags, its environment and the servers they name. */
final class Connection implements Platform {
  private static final String DASHBOARD = "/d/nomad-ml-training?var-run_id=";

  private final Map<String, String> environment;
  private final Clock clock;
  private final Servers servers;
  private final Supplier<Cluster> cluster = once(this::connect);
  private final Supplier<Optional<Server>> mlflow;
  private final Supplier<Optional<RunTracker>> tracker = once(this::track);
  private final Supplier<Optional<ServiceDirectory>> services;

  private Connection(Servers servers, Map<String, String> environment, Clock clock) {
    this.servers = servers;
    this.environment = environment;
    this.clock = clock;
    this.mlflow = once(servers::mlflow);
    this.services = once(servers::directory);
  }

  static Platform of(Choices choices, Map<String, String> environment, Clock clock) {
    return new Connection(
        new Servers(choices, environment, ConsulDirectory::at), environment, clock);
  }

  @Override
  public Cluster cluster() {
    return cluster.get();
  }

  private Cluster connect() {
    return servers.nomad().map(this::nomad).orElseGet(this::thisMachine);
  }

  private Cluster nomad(Server server) {
    return NomadCluster.connect(settings(server));
  }

  private NomadSettings settings(Server server) {
    Server.Tls tls = server.tls();
    return new NomadSettings(
        server.address(),
        server.token(),
        servers.namespace().orElse(null),
        servers.region().orElse(null),
        tls.caCert(),
        tls.clientCert(),
        tls.clientKey(),
        tls.serverName(),
        tls.skipVerify(),
        servers.consulForNodes().orElse(null));
  }

  @Override
  public Ports deploying(@Nullable String prometheus) {
    NomadSettings nomad = deployingNomad();
    Server registry =
        mlflow
            .get()
            .orElseThrow(
                () ->
                    DeployCommand.needs(
                        "MLflow's registry", "--mlflow and MLFLOW_TRACKING_URI name one"));
    return new Ports(
        NomadServing.connect(nomad),
        MlflowRegistry.at(registry, environment),
        NomadVariables.of(nomad),
        new HttpPredictions(),
        servers.consul().map(ConsulWeights::at),
        servers.prometheus(prometheus).map(PrometheusMeasurements::at),
        Optional.ofNullable(environment.get("NOMAD_ML_NOTIFY"))
            .filter(file -> !file.isBlank())
            .map(file -> DeploymentNews.from(Path.of(file))),
        System.getProperty("user.name", "?"));
  }

  private NomadSettings deployingNomad() {
    return settings(
        servers
            .nomad()
            .orElseThrow(
                () ->
                    DeployCommand.needs(
                        "a Nomad", "--nomad and NOMAD_ADDR name one; ./setup.sh up starts one")));
  }

  @Override
  public ReleaseLog releases() {
    return NomadReleases.of(deployingNomad());
  }

  @Override
  public List<String> deployOptions() {
    return servers.deployOptions();
  }

  private Cluster thisMachine() {
    return new LocalCluster(
        state().resolve("runs"),
        taskEnvironment(),
        () -> Trainer.find(environment),
        Version.number(),
        clock);
  }

  @Override
  public Optional<RunTracker> tracker() {
    return tracker.get();
  }

  private Optional<RunTracker> track() {
    return mlflow.get().map(server -> MlflowTracker.at(server, environment, clock));
  }

  @Override
  public Optional<ServiceDirectory> services() {
    return services.get();
  }

  @Override
  public Optional<URI> dashboard(String runId) {
    return servers.grafana().map(grafana -> URI.create(grafana + DASHBOARD + runId));
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public Map<String, String> taskEnvironment() {
    Map<String, String> all = new HashMap<>(environment);
    mlflow.get().ifPresent(server -> all.put("MLFLOW_TRACKING_URI", server.address().toString()));
    return all;
  }

  @Override
  public Path state() {
    String chosen = environment.getOrDefault("NOMAD_ML_STATE", "");
    String shared = environment.getOrDefault("XDG_STATE_HOME", "");
    Path home = Path.of(environment.getOrDefault("HOME", "."));
    return chosen.isEmpty()
        ? (shared.isEmpty() ? home.resolve(".local/state") : Path.of(shared)).resolve("nomad-ml")
        : Path.of(chosen);
  }

  @Override
  public Clock clock() {
    return clock;
  }

  private static <T> Supplier<T> once(Supplier<T> source) {
    return new Supplier<>() {
      private @Nullable T value;

      @Override
      public T get() {
        T known = value;
        if (known == null) {
          known = source.get();
          value = known;
        }
        return known;
      }
    };
  }
}
