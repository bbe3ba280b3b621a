package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loki and the log collector, run by a cluster's Nomad from the platform's own files. */
public final class Logs {
  private static final long NANOSECONDS = 1_000_000_000L;

  private final Cluster cluster;
  private final int port = FreePort.next();
  private final int collectorPort = FreePort.next();

  /**
   * A line that Loki has.
   *
   * @param labels the index's and the line's own
   */
  public record Line(Instant time, String text, Map<String, String> labels) {}

  /** Registers both; the cluster's node must have a folder for the platform. */
  public Logs(Cluster cluster, Path agents) {
    this.cluster = cluster;
    run("loki", "loki=" + Tools.program("loki", "loki"), "port=" + port);
    run(
        "log-collector",
        "otelcol=" + Tools.program("otelcol", "otelcol"),
        "port=" + collectorPort,
        "agents=" + agents);
    cluster.consul().awaitPassing("loki", port);
    cluster.consul().awaitPassing("log-collector", collectorPort);
  }

  private void run(String job, String... variables) {
    List<String> command =
        new ArrayList<>(List.of(Tools.program("nomad", "nomad"), "job", "run", "-detach"));
    for (String variable : variables) {
      command.add("-var=" + variable);
    }
    command.add("nomad/platform/" + job + ".nomad.hcl");
    RunningProgram program =
        RunningProgram.start(
            "nomad job run " + job,
            cluster.folders().log("run-" + job),
            Repository.ROOT,
            Map.of("NOMAD_ADDR", cluster.nomad().address()),
            command);
    if (program.awaitExit() != 0) {
      throw new IllegalStateException(program.output());
    }
  }

  public Rest rest() {
    return new Rest(port);
  }

  /** The first 5000 lines of a query over the last week, the oldest first. */
  public List<Line> lines(String query) {
    long now = Instant.now().getEpochSecond();
    JsonNode answer =
        rest()
            .get(
                "/loki/api/v1/query_range?direction=forward&limit=5000&start=%d&end=%d&query=%s"
                    .formatted(now - 7 * 86_400, now + 60, Rest.encode(query)));
    List<Line> lines = new ArrayList<>();
    for (JsonNode stream : answer.at("/data/result")) {
      Map<String, String> labels = new HashMap<>();
      stream
          .path("stream")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
      for (JsonNode value : stream.path("values")) {
        long time = Long.parseLong(value.path(0).asText());
        lines.add(
            new Line(
                Instant.ofEpochSecond(time / NANOSECONDS, time % NANOSECONDS),
                value.path(1).asText(),
                labels));
      }
    }
    return lines;
  }

  /** Waits until a query has an answer that is enough. */
  public List<Line> await(String query, Predicate<List<Line>> enough) {
    return Eventually.get("Loki answers " + query, () -> lines(query), enough);
  }

  /** Waits until the collector has nothing that Loki lacks. */
  public void awaitSent() {
    Eventually.until(
        "the collector has sent all", () -> metric("otelcol_exporter_queue_size").orElse(1.0) == 0);
  }

  private Optional<Double> metric(String name) {
    String metrics = new String(new Rest(collectorPort).bytes("/metrics"), StandardCharsets.UTF_8);
    Matcher found = Pattern.compile("(?m)^" + name + "\\{.*} (\\S+)$").matcher(metrics);
    return found.find() ? Optional.of(Double.valueOf(found.group(1))) : Optional.empty();
  }

  /** Kills one of the two as a crash does; Nomad starts it again after some seconds. */
  public void kill(String job) {
    List<ProcessHandle> processes =
        cluster.nodes().get(0).processes().stream()
            .filter(one -> Processes.environment(one).contains("NOMAD_JOB_NAME=" + job + "\n"))
            .toList();
    if (processes.size() != 1) {
      throw new IllegalStateException(job + " has " + processes.size() + " processes");
    }
    Signal.killAll(processes);
  }
}
