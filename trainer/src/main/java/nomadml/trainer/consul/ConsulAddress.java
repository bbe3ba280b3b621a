package nomadml.trainer.consul;

import java.net.URI;
import java.util.Map;
import nomadml.spec.Environment;

/** Where Consul is, as the environment says it. */
final class ConsulAddress {
  private static final String DEFAULT = "http://127.0.0.1:8500";

  private ConsulAddress() {}

  /**
   * The address of the node's agent: what the scheduler says, unless Nomad left it as it was, then
   * what HashiCorp's tools read, then the usual port of this machine.
   */
  static URI of(Map<String, String> environment) {
    String named = environment.getOrDefault(Environment.CONSUL, "");
    if (named.isBlank() || named.contains("${")) {
      named = environment.getOrDefault("CONSUL_HTTP_ADDR", "");
    }
    if (named.isBlank()) {
      return URI.create(DEFAULT);
    }
    if (!named.contains("://")) {
      boolean secured = Boolean.parseBoolean(environment.getOrDefault("CONSUL_HTTP_SSL", "false"));
      named = (secured ? "https://" : "http://") + named;
    }
    URI address = parse(named);
    if (address.getHost() == null || !address.getScheme().matches("https?")) {
      throw unusable(named);
    }
    return address.getPort() >= 0
        ? address
        : URI.create(address.getScheme() + "://" + address.getHost() + ":8500");
  }

  private static URI parse(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw unusable(text);
    }
  }

  private static IllegalArgumentException unusable(String text) {
    return new IllegalArgumentException(
        "Consul's address is not usable: %s\nhint: set %s or CONSUL_HTTP_ADDR to http://host:port or https://host:port"
            .formatted(text, Environment.CONSUL));
  }
}
