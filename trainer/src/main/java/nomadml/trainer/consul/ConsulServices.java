package nomadml.trainer.consul;

import com.ecwid.consul.v1.health.model.HealthService;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import nomadml.spec.Environment;
import nomadml.spec.Names;
import nomadml.trainer.report.Services;
import org.jspecify.annotations.Nullable;

/**
 * Finds services by the environment, else by the passing instances in Consul. A service that wants
 * another scheme than http says so by its tag {@code https} or its meta {@code scheme}.
 */
public final class ConsulServices implements Services {
  private final Map<String, String> environment;
  private final boolean askConsul;
  private @Nullable Agent agent;

  /**
   * Looks nothing up yet.
   *
   * @param askConsul false without a cluster
   */
  public ConsulServices(Map<String, String> environment, boolean askConsul) {
    this.environment = Map.copyOf(environment);
    this.askConsul = askConsul;
  }

  @Override
  public URI find(String service) throws IOException {
    String variable = variable(service);
    String named = environment.getOrDefault(variable, "");
    if (!named.isBlank()) {
      return parse(variable, named.strip());
    }
    if (!askConsul) {
      throw new IOException(
          "no %s is known: there is no cluster\nhint: set %s".formatted(service, variable));
    }
    Agent consul = agent();
    List<HealthService> passing = consul.passing(service);
    if (passing.isEmpty()) {
      throw new IOException(
          "Consul at %s knows no healthy %s\nhint: register it there, or set %s"
              .formatted(consul.address(), service, variable));
    }
    return address(passing.get(0));
  }

  private synchronized Agent agent() throws IOException {
    if (agent == null) {
      agent = Agent.of(environment);
    }
    return agent;
  }

  private static URI address(HealthService instance) {
    HealthService.Service service = instance.getService();
    String own = service.getAddress();
    String host = own == null || own.isBlank() ? instance.getNode().getAddress() : own;
    Map<String, String> meta = service.getMeta() == null ? Map.of() : service.getMeta();
    List<String> tags = service.getTags() == null ? List.of() : service.getTags();
    String scheme = meta.getOrDefault("scheme", tags.contains("https") ? "https" : "http");
    String bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    return URI.create("%s://%s:%d".formatted(scheme, bracketed, service.getPort()));
  }

  private static String variable(String service) {
    return service.equals(Names.MLFLOW_SERVICE)
        ? Environment.MLFLOW_TRACKING_URI
        : service.equals(Names.PUSHGATEWAY_SERVICE)
            ? Environment.PUSHGATEWAY
            : "NOMAD_ML_" + service.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static URI parse(String variable, String text) throws IOException {
    try {
      boolean bare = text.matches("[\\w.-]+(:\\d+)?(/.*)?");
      URI address = URI.create(bare ? "http://" + text : text);
      if (address.getHost() != null
          && address.getScheme() != null
          && address.getScheme().matches("https?")) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IOException(
        "%s is no address of a server: %s\nhint: http://host:port".formatted(variable, text));
  }
}
