package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A real Prometheus with the repository's configuration and rules, only that it asks every second.
 */
public final class Prometheus implements AutoCloseable {
  private final Consul consul;
  private final int port = FreePort.next();
  private final RunningProgram program;

  Prometheus(Folders folders, Consul consul, int blackboxPort, Path rules) {
    this(folders, consul, blackboxPort, rules, "1s");
  }

  private Prometheus(
      Folders folders, Consul consul, int blackboxPort, Path rules, String interval) {
    this.consul = consul;
    Path config =
        folders.write(
            "prometheus/prometheus.yml", configuration(consul, blackboxPort, rules, interval));
    program =
        RunningProgram.start(
            "prometheus",
            folders.log("prometheus"),
            folders.state("prometheus"),
            Map.of(),
            List.of(
                Tools.program("prometheus", "prometheus"),
                "--config.file=" + config,
                "--storage.tsdb.path=" + folders.state("prometheus/data"),
                "--web.listen-address=127.0.0.1:" + port));
  }

  private static String configuration(
      Consul consul, int blackboxPort, Path rules, String interval) {
    String consulPort = consul.address().substring(consul.address().indexOf(':'));
    return Repository.text("prometheus/prometheus.yml")
        .replaceAll(
            "(?m)^  (scrape_interval|scrape_timeout|evaluation_interval): .*", "  $1: " + interval)
        .replaceAll("( *)- server: .*", "$1- refresh_interval: 1s\n$1  server: " + consul.address())
        .replace("$1:8500", "$1" + consulPort)
        .replace("127.0.0.1:9115", "127.0.0.1:" + blackboxPort)
        .replace("rules/*.yml", rules.resolve("*.yml").toString());
  }

  /** Starts one beside a cluster and ends it with the cluster. */
  public static Prometheus beside(Cluster cluster) {
    return beside(cluster, FreePort.next());
  }

  /**
   * Starts one beside a cluster that asks every two seconds: an exporter waits for one when its
   * database is down.
   */
  public static Prometheus patient(Cluster cluster) {
    return started(
        cluster,
        new Prometheus(
            cluster.folders(),
            cluster.consul(),
            FreePort.next(),
            Repository.file("prometheus/rules"),
            "2s"));
  }

  /** Starts one beside a cluster whose blackbox_exporter is on a port. */
  static Prometheus beside(Cluster cluster, int blackboxPort) {
    return started(
        cluster,
        new Prometheus(
            cluster.folders(),
            cluster.consul(),
            blackboxPort,
            Repository.file("prometheus/rules")));
  }

  private static Prometheus started(Cluster cluster, Prometheus prometheus) {
    cluster.before(prometheus::close);
    prometheus.awaitReady();
    return prometheus;
  }

  void awaitReady() {
    program.awaitReady(() -> new Rest(port).bytes("/-/ready").length > 0);
    consul.registerWithMetrics("prometheus", port, "/-/ready");
    program.awaitReady(() -> !query("up{job=\"pushgateway\"} == 1").isEmpty());
  }

  public Rest rest() {
    return new Rest(port);
  }

  /** The result of an instant query: a list of series, each with its labels and its value. */
  public JsonNode query(String expression) {
    return rest().get("/api/v1/query?query=" + Rest.encode(expression)).at("/data/result");
  }

  /** Waits until a query has a result, and gives it. */
  public JsonNode awaitResult(String expression) {
    return Eventually.get(
        "Prometheus answers " + expression, () -> query(expression), result -> !result.isEmpty());
  }

  /** The result of a query at each quarter of a minute of the last ten minutes. */
  public JsonNode overTheLastTenMinutes(String expression) {
    long now = Instant.now().getEpochSecond();
    return rest()
        .get(
            "/api/v1/query_range?step=15&start=%d&end=%d&query=%s"
                .formatted(now - 600, now, Rest.encode(expression)))
        .at("/data/result");
  }

  /** The series of an expression, once there are any: an object of labels each. */
  public List<JsonNode> series(String expression) {
    List<JsonNode> series = new ArrayList<>();
    awaitResult(expression).forEach(one -> series.add(one.path("metric")));
    return series;
  }

  /** The names of the metrics that an expression reads; one that matches names tells none. */
  public Set<String> metrics(String expression) {
    Set<String> names = new TreeSet<>();
    JsonNode parsed = rest().get("/api/v1/parse_query?query=" + Rest.encode(expression));
    for (JsonNode node : parsed.findParents("matchers")) {
      names.add(node.path("name").asText());
    }
    names.remove("");
    return names;
  }

  /** Waits until something exported a metric. */
  public void awaitMetric(String name) {
    awaitResult("count(last_over_time({__name__=\"" + name + "\"}[1h]))");
  }

  @Override
  public void close() {
    program.close();
  }
}
