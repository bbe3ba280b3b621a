package nomadml.scheduler.cli;

import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.context.Choices;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options every command has: which servers, and how much is said when something fails. */
final class ConnectionOptions {
  private final Console console;
  private final Connector connector;
  private @Nullable Platform platform;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "servers by a name of config.yaml (NOMAD_ML_CONTEXT)")
  private @Nullable String context;

  @Option(names = "--nomad", paramLabel = "URL", description = "Nomad's address (NOMAD_ADDR)")
  private @Nullable String nomad;

  @Option(
      names = "--consul",
      paramLabel = "URL",
      description = "Consul's address (CONSUL_HTTP_ADDR)")
  private @Nullable String consul;

  @Option(
      names = "--mlflow",
      paramLabel = "URL",
      description = "MLflow's address (MLFLOW_TRACKING_URI)")
  private @Nullable String mlflow;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Nomad namespace (NOMAD_NAMESPACE)")
  private @Nullable String namespace;

  @Option(names = "--region", paramLabel = "NAME", description = "Nomad region (NOMAD_REGION)")
  private @Nullable String region;

  @Option(names = "--local", description = "this machine, whatever cluster is known")
  private boolean local;

  @Option(names = "--verbose", description = "stack traces of failures")
  @SuppressWarnings("UnusedVariable") // The error printer reads it from the parse result.
  private boolean verbose;

  ConnectionOptions(Console console, Connector connector) {
    this.console = console;
    this.connector = connector;
  }

  /** What the command works with; asked for after the options are parsed. */
  Platform platform() {
    if (platform == null) {
      platform =
          connector.connect(new Choices(context, nomad, consul, mlflow, namespace, region, local));
    }
    return platform;
  }

  /** The platform of another context; a command that goes through several names none itself. */
  Platform platform(String other) {
    if (context != null
        || nomad != null
        || consul != null
        || mlflow != null
        || namespace != null
        || region != null
        || local) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "a release goes through contexts of config.yaml, which name the servers",
          "leave --context, --nomad, --consul, --mlflow, --namespace, --region and --local out;"
              + " --stages names the contexts");
    }
    return connector.connect(new Choices(other, null, null, null, null, null, false));
  }

  Console console() {
    return console;
  }
}
