package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real Consul agent: a cluster of one that keeps nothing, or a client of such a one. */
public final class Consul implements AutoCloseable {
  private final int port = FreePort.next();
  private final int gossipPort = FreePort.next();
  private final RunningProgram program;

  Consul(Folders folders) {
    this(folders, "consul", "", List.of("-dev"));
  }

  private Consul(Folders folders, String name, String more, List<String> options) {
    Path config =
        folders.write(
            name + "/consul.hcl",
            """
            node_name = "consul-%1$d"
            ports { http = %1$d, https = -1, dns = -1, grpc = -1, grpc_tls = -1, serf_wan = -1,
                    serf_lan = %2$d, server = %3$d }
            disable_update_check = true
            telemetry { prometheus_retention_time = "60s", disable_hostname = true }
            %4$s
            """
                .formatted(port, gossipPort, FreePort.next(), more));
    List<String> command =
        new ArrayList<>(List.of(Tools.program("consul", "consul"), "agent", "-bind=127.0.0.1"));
    command.addAll(options);
    command.add("-config-file=" + config);
    program =
        RunningProgram.start(
            "consul", folders.log(name.replace('/', '-')), folders.state(name), Map.of(), command);
  }

  /** The agent of a node, below the node's folder. */
  static Consul joining(Folders folders, String node, Consul server) {
    String name = node + "/consul";
    return new Consul(
        folders,
        name,
        "retry_join = [\"127.0.0.1:%d\"]".formatted(server.gossipPort),
        List.of("-data-dir=" + folders.state(name + "/data")));
  }

  void awaitReady() {
    program.awaitReady(() -> rest().get("/v1/catalog/nodes").size() == 1);
  }

  public Rest rest() {
    return new Rest(port);
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  public RunningProgram program() {
    return program;
  }

  /** Registers a service whose health is what its path answers; a second time moves it. */
  public void register(String service, int servicePort, String path) {
    register(service, servicePort, servicePort, path);
  }

  /** Registers a service whose health another port tells: it passes whatever its own does. */
  public void register(String service, int servicePort, int checkPort, String path) {
    register(service, servicePort, checkPort, List.of(), Map.of("probe", path));
  }

  /** Registers a service that serves metrics Prometheus is to read. */
  void registerWithMetrics(String service, int servicePort, String path) {
    register(service, servicePort, servicePort, List.of("prometheus"), Map.of("probe", path));
  }

  /** Registers a service behind TLS. */
  void registerTls(String service, int servicePort, String path) {
    register(
        service,
        servicePort,
        servicePort,
        List.of(),
        Map.of("probe", path, "probe_scheme", "https"));
  }

  private void register(
      String service, int servicePort, int checkPort, List<String> tags, Map<String, String> meta) {
    String scheme = meta.getOrDefault("probe_scheme", "http");
    rest()
        .put(
            "/v1/agent/service/register",
            Map.of(
                "ID", service,
                "Name", service,
                "Address", "127.0.0.1",
                "Port", servicePort,
                "Tags", tags,
                "Meta", meta,
                "Check",
                    Map.of(
                        "HTTP",
                        scheme + "://127.0.0.1:" + checkPort + meta.get("probe"),
                        "TLSSkipVerify",
                        true,
                        "Interval",
                        "1s",
                        "Timeout",
                        "1s")));
  }

  /** Keeps a text under a key. */
  public void keep(String key, String text) {
    rest().putText("/v1/kv/" + key, text);
  }

  public void deregister(String service) {
    rest().put("/v1/agent/service/deregister/" + service, Map.of());
  }

  /** Where a service passes its checks. */
  public List<Integer> passing(String service) {
    List<Integer> ports = new ArrayList<>();
    for (JsonNode entry : rest().get("/v1/health/service/" + service + "?passing=1")) {
      ports.add(entry.at("/Service/Port").asInt());
    }
    return ports;
  }

  public void awaitPassing(String service, int servicePort) {
    Eventually.until(
        service + " passes in Consul", () -> passing(service).equals(List.of(servicePort)));
  }

  @Override
  public void close() {
    program.close();
  }
}
