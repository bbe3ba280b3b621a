package nomadml.system.servers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Real exporters, which a Prometheus finds in Consul: what tells of the host and of the services.
 */
public final class Exporters implements AutoCloseable {
  private final Consul consul;
  private final Path textfiles;
  private final int nodePort = FreePort.next();
  private final int blackboxPort = FreePort.next();
  private final RunningProgram node;
  private final RunningProgram blackbox;

  private Exporters(Folders folders, Consul consul) {
    this.consul = consul;
    textfiles = folders.state("textfile");
    node =
        RunningProgram.start(
            "node_exporter", folders.log("node-exporter"), textfiles, Map.of(), nodeExporter());
    blackbox =
        RunningProgram.start(
            "blackbox_exporter",
            folders.log("blackbox-exporter"),
            textfiles,
            Map.of(),
            List.of(
                Tools.program("blackbox_exporter", "blackbox_exporter"),
                "--config.file=" + Repository.file("prometheus/blackbox.yml"),
                "--web.listen-address=127.0.0.1:" + blackboxPort));
  }

  /** With the collectors that the platform's job turns on. */
  private List<String> nodeExporter() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Tools.program("node_exporter", "node_exporter"),
                "--web.listen-address=127.0.0.1:" + nodePort,
                "--collector.textfile.directory=" + textfiles));
    Pattern.compile("--collector\\.[a-z-]+(?![a-z.-])")
        .matcher(Repository.text("nomad/platform/node-exporter.nomad.hcl"))
        .results()
        .map(MatchResult::group)
        .forEach(command::add);
    return command;
  }

  /** Starts them beside a cluster, and a Prometheus that asks them; they end with the cluster. */
  public static Exporters beside(Cluster cluster) {
    Exporters exporters = new Exporters(cluster.folders(), cluster.consul());
    cluster.before(exporters::close);
    exporters.awaitReady();
    return exporters;
  }

  private void awaitReady() {
    node.awaitReady(() -> new Rest(nodePort).bytes("/metrics").length > 0);
    blackbox.awaitReady(() -> new Rest(blackboxPort).bytes("/-/healthy").length > 0);
    consul.registerWithMetrics("node-exporter", nodePort, "/");
    consul.registerWithMetrics("blackbox-exporter", blackboxPort, "/-/healthy");
  }

  /** The folder whose files node_exporter serves. */
  public Path textfiles() {
    return textfiles;
  }

  /** A Prometheus that probes with this blackbox_exporter. */
  public Prometheus prometheus(Cluster cluster) {
    return Prometheus.beside(cluster, blackboxPort);
  }

  @Override
  public void close() {
    node.close();
    blackbox.close();
  }
}
