package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.Metrics;
import nomadml.spec.Names;

/** A real Pushgateway, and the groups it holds. */
public final class Pushgateway implements AutoCloseable {
  private final Folders folders;
  private final Consul consul;
  private final int port = FreePort.next();
  private RunningProgram program;

  Pushgateway(Folders folders, Consul consul) {
    this.folders = folders;
    this.consul = consul;
    program = launch();
  }

  private RunningProgram launch() {
    return RunningProgram.start(
        "pushgateway",
        folders.log("pushgateway"),
        folders.state("pushgateway"),
        Map.of(),
        List.of(
            Tools.program("pushgateway", "pushgateway"), "--web.listen-address=127.0.0.1:" + port));
  }

  void awaitReady() {
    program.awaitReady(() -> rest().bytes("/-/ready").length > 0);
    consul.register(Names.PUSHGATEWAY_SERVICE, port, "/-/ready");
    consul.awaitPassing(Names.PUSHGATEWAY_SERVICE, port);
  }

  public Rest rest() {
    return new Rest(port);
  }

  public int port() {
    return port;
  }

  public String address() {
    return "http://127.0.0.1:" + port;
  }

  public RunningProgram program() {
    return program;
  }

  public void restart() {
    program.close();
    program = launch();
    awaitReady();
  }

  /** Pushes metrics in Prometheus' text format to a group's path. */
  public void push(String path, String metrics) {
    rest().postText(path, metrics);
  }

  /** The group of a run: metrics by name. */
  public Optional<JsonNode> group(String run) {
    for (JsonNode group : rest().get("/api/v1/metrics").path("data")) {
      if (group.at("/labels/" + Metrics.RUN_ID).asText().equals(run)
          && group.at("/labels/job").asText().equals(Metrics.JOB)) {
        return Optional.of(group);
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    program.close();
  }
}
