package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** A real Prometheus that finds the Pushgateway in Consul and asks it every second. */
public final class Prometheus implements AutoCloseable {
  private final int port = FreePort.next();
  private final RunningProgram program;

  private Prometheus(Folders folders, Consul consul) {
    var config =
        folders.write(
            "prometheus/prometheus.yml",
            """
            global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
            rule_files: ["%s/*.yml"]
            scrape_configs:
              - job_name: pushgateway
                honor_labels: true
                consul_sd_configs: [{server: "%s", services: [pushgateway], refresh_interval: 1s}]
            """
                .formatted(Repository.file("prometheus/rules"), consul.address()));
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

  /** Starts one beside a cluster and ends it with the cluster. */
  public static Prometheus beside(Cluster cluster) {
    Prometheus prometheus = new Prometheus(cluster.folders(), cluster.consul());
    cluster.before(prometheus::close);
    prometheus.awaitReady();
    return prometheus;
  }

  private void awaitReady() {
    program.awaitReady(() -> !query("up{job=\"pushgateway\"} == 1").isEmpty());
  }

  /** The result of an instant query: a list of series, each with its labels and its value. */
  public JsonNode query(String expression) {
    return new Rest(port).get("/api/v1/query?query=" + Rest.encode(expression)).at("/data/result");
  }

  /** Waits until a query has a result, and gives it. */
  public JsonNode awaitResult(String expression) {
    return Eventually.get(
        "Prometheus answers " + expression, () -> query(expression), result -> !result.isEmpty());
  }

  @Override
  public void close() {
    program.close();
  }
}
