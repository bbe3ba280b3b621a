package nomadml.scheduler.context;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.ServiceDirectory;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * Which servers a command talks to. Who says it first counts: the flag of a server, {@code
 * --context}, the environment, the context of NOMAD_ML_CONTEXT or {@code current}, Consul.
 */
public final class Servers {
  private static final int PROBE_MILLISECONDS = 300;

  private final Choices choices;
  private final Map<String, String> environment;
  private final Context chosen;
  private final Context fallback;
  private final Function<Server, ServiceDirectory> consuls;
  private final URI localConsul;
  private boolean consulLookedFor;
  private Optional<Server> consul = Optional.empty();

  /**
   * @param consuls connects to a Consul
   */
  public Servers(
      Choices choices,
      Map<String, String> environment,
      Function<Server, ServiceDirectory> consuls) {
    this(choices, environment, consuls, URI.create("http://127.0.0.1:8500"));
  }

  Servers(
      Choices choices,
      Map<String, String> environment,
      Function<Server, ServiceDirectory> consuls,
      URI localConsul) {
    this.choices = choices;
    this.environment = environment;
    this.consuls = consuls;
    this.localConsul = localConsul;
    Contexts contexts = Contexts.read(configFile(environment));
    this.chosen = choices.context() == null ? Context.NONE : contexts.named(choices.context());
    String named = environment.getOrDefault("NOMAD_ML_CONTEXT", "");
    this.fallback = named.isEmpty() ? contexts.current() : contexts.named(named);
  }

  /** Where contexts are read from. */
  public static Path configFile(Map<String, String> environment) {
    String configured = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path folder =
        configured.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", "."), ".config")
            : Path.of(configured);
    return folder.resolve("nomad-ml/config.yaml");
  }

  /**
   * Nomad; empty means this machine. A Nomad that Consul knows and holds for ill is refused: who
   * has a cluster does not expect the training on the machine at hand.
   */
  public Optional<Server> nomad() {
    if (choices.local()) {
      return Optional.empty();
    }
    return named(choices.nomad(), "--nomad", "nomad", "NOMAD_ADDR", "http")
        .or(() -> discovered("http.nomad").map(this::securedWhenAsked))
        .or(this::noNomadThatIsIll)
        .map(server -> server("nomad", server, "NOMAD_TOKEN", tls("NOMAD", "_TLS_SERVER_NAME")));
  }

  /** Consul; empty when nobody names one and none answers on this machine. */
  public Optional<Server> consul() {
    if (!consulLookedFor) {
      consulLookedFor = true;
      boolean ssl = "true".equals(environment.get("CONSUL_HTTP_SSL"));
      consul =
          named(choices.consul(), "--consul", "consul", "CONSUL_HTTP_ADDR", ssl ? "https" : "http")
              .or(this::answeringHere)
              .map(
                  server ->
                      server(
                          "consul",
                          server,
                          "CONSUL_HTTP_TOKEN",
                          tls("CONSUL", "_TLS_SERVER_NAME")));
    }
    return consul;
  }

  /** MLflow; empty when nobody names one and Consul knows none. */
  public Optional<Server> mlflow() {
    return named(choices.mlflow(), "--mlflow", "mlflow", "MLFLOW_TRACKING_URI", "http")
        .or(() -> discovered(Names.MLFLOW_SERVICE))
        .map(server -> server("mlflow", server, "MLFLOW_TRACKING_TOKEN", mlflowTls()));
  }

  /** Grafana, for links. */
  public Optional<URI> grafana() {
    return named(null, "", "grafana", "NOMAD_ML_GRAFANA", "http")
        .or(() -> discovered("grafana"))
        .map(Server::address);
  }

  /**
   * Prometheus, for gates.
   *
   * @param flag what the command line says; null when it says nothing
   */
  public Optional<Server> prometheus(@Nullable String flag) {
    return named(flag, "--prometheus", "prometheus", "NOMAD_ML_PROMETHEUS", "http")
        .or(() -> discovered(Names.PROMETHEUS_SERVICE))
        .map(
            server ->
                server(
                    "prometheus",
                    server,
                    "NOMAD_ML_PROMETHEUS_TOKEN",
                    tls("NOMAD_ML_PROMETHEUS", "_TLS_SERVER_NAME")));
  }

  /** Consul as nodes see it, where that is another address than theirs. */
  public Optional<URI> consulForNodes() {
    return named(null, "", "consul_for_nodes", "NOMAD_ML_CONSUL", "http").map(Server::address);
  }

  public Optional<String> namespace() {
    return word(choices.namespace(), "namespace", "NOMAD_NAMESPACE");
  }

  public Optional<String> region() {
    return word(choices.region(), "region", "NOMAD_REGION");
  }

  /** What the context says of deployments, as options of {@code submit-job deploy}. */
  public List<String> deployOptions() {
    return (chosen.name().isEmpty() ? fallback : chosen).deploy();
  }

  /** What Consul knows; empty without Consul. */
  public Optional<ServiceDirectory> directory() {
    return consul().map(consuls);
  }

  private Optional<String> word(@Nullable String flag, String field, String variable) {
    return Optional.ofNullable(flag)
        .or(() -> chosen.value(field))
        .or(() -> variable(variable))
        .or(() -> fallback.value(field));
  }

  private Optional<Server> named(
      @Nullable String flag, String option, String field, String variable, String scheme) {
    return Optional.ofNullable(flag)
        .map(text -> plain(text, option, scheme))
        .or(() -> of(chosen, field, scheme))
        .or(() -> variable(variable).map(text -> plain(text, variable, scheme)))
        .or(() -> of(fallback, field, scheme));
  }

  private static Optional<Server> of(Context context, String field, String scheme) {
    return context
        .value(field)
        .map(text -> plain(text, field + " of context " + context.name(), scheme));
  }

  private static Server plain(String text, String source, String scheme) {
    return new Server(Addresses.parse(text, source, scheme), source, null, Server.Tls.NONE);
  }

  private Optional<Server> discovered(String service) {
    return consul()
        .flatMap(
            server ->
                consuls
                    .apply(server)
                    .find(service)
                    .map(
                        found ->
                            new Server(
                                found, "Consul at " + server.address(), null, Server.Tls.NONE)));
  }

  /** Nomad does not tell Consul whether it speaks TLS; whoever has certificates for it knows. */
  private Server securedWhenAsked(Server nomad) {
    Server.Tls tls = tls("NOMAD", "_TLS_SERVER_NAME");
    URI address = nomad.address();
    return tls.caCert() == null && tls.clientCert() == null && !tls.skipVerify()
        ? nomad
        : new Server(
            URI.create("https://" + address.getRawAuthority()),
            nomad.source(),
            nomad.token(),
            nomad.tls());
  }

  private Optional<Server> noNomadThatIsIll() {
    List<ServiceDirectory.Service> ill =
        directory().map(known -> known.instances("nomad")).orElse(List.of());
    if (!ill.isEmpty()) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "Consul knows Nomad, but holds none of its servers for healthy: "
              + ill.get(0).output().lines().findFirst().orElse(ill.get(0).status()),
          "submit-job services shows its checks; --nomad names a server all the same, --local trains on this machine");
    }
    return Optional.empty();
  }

  private Optional<Server> answeringHere() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(localConsul.getHost(), localConsul.getPort()), PROBE_MILLISECONDS);
      return Optional.of(
          new Server(localConsul, "the agent on this machine", null, Server.Tls.NONE));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Server server(String name, Server plain, String variable, Server.Tls tls) {
    Optional<String> token =
        chosen
            .token(name, environment)
            .or(() -> variable(variable))
            .or(() -> variable(variable + "_FILE").map(Servers::firstLine))
            .or(() -> fallback.token(name, environment));
    return new Server(plain.address(), plain.source(), token.orElse(null), tls);
  }

  private Server.Tls tls(String prefix, String serverName) {
    return new Server.Tls(
        file("ca_cert", prefix + "_CACERT"),
        file("client_cert", prefix + "_CLIENT_CERT"),
        file("client_key", prefix + "_CLIENT_KEY"),
        word(null, "tls_server_name", prefix + serverName).orElse(null),
        "true".equals(environment.get(prefix + "_SKIP_VERIFY"))
            || "1".equals(environment.get(prefix + "_SKIP_VERIFY"))
            || "false".equals(environment.get(prefix + "_HTTP_SSL_VERIFY")));
  }

  /** By MLflow's own variables; whoever names an authority has it checked. */
  private Server.Tls mlflowTls() {
    Path authority = file("mlflow_ca_cert", "MLFLOW_TRACKING_SERVER_CERT_PATH");
    Path own = variable("MLFLOW_TRACKING_CLIENT_CERT_PATH").map(Path::of).orElse(null);
    String unchecked = environment.getOrDefault("MLFLOW_TRACKING_INSECURE_TLS", "");
    return new Server.Tls(
        authority,
        own,
        own,
        null,
        authority == null && (unchecked.equalsIgnoreCase("true") || unchecked.equals("1")));
  }

  private @Nullable Path file(String field, String variable) {
    return chosen
        .path(field, environment)
        .or(() -> variable(variable).map(Path::of))
        .or(() -> fallback.path(field, environment))
        .orElse(null);
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  private static String firstLine(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't read the token in " + file,
          "it is named by a _TOKEN_FILE variable",
          e);
    }
  }
}
