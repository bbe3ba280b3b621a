package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Logs;
import nomadml.system.servers.Prometheus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** What tasks and agents print is found in Loki, all of it once, whatever is killed meanwhile. */
@Tag("logs")
@TestInstance(Lifecycle.PER_CLASS)
final class LogsIT {
  private static final String TRAINING = "{service_name=\"train\"}";

  private Cluster cluster;
  private Logs logs;
  private Prometheus prometheus;
  private SubmitJob submitJob;
  private Submitted training;

  @BeforeAll
  void begin(@TempDir Path platform) {
    String node = "client { meta { nomad_ml_platform_folder = \"%s\" } }".formatted(platform);
    cluster = Cluster.start("logs", 1, "", node);
    logs = new Logs(cluster, cluster.folders().log("consul").resolveSibling(""));
    prometheus = Prometheus.beside(cluster);
    submitJob = SubmitJob.on(cluster, "logs");
    training =
        Submitted.of(
            cluster,
            submitJob.submit(
                JobFiles.DIGITS,
                "--set",
                "train.epochs=3",
                "--set",
                "register=",
                "--set",
                "name=logged"));
    training.awaitFinished();
    cluster.nomad().awaitDead(training.job());
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aTrainingIsFoundByItsRunAtTheTimesItTells() {
    String query = TRAINING + " | run_id=\"" + training.run().id() + "\"";
    List<Logs.Line> lines = logs.await(query, found -> !found.isEmpty());
    for (Logs.Line line : lines) {
      assertThat(line.text()).startsWith("{\"nomad_ml\":");
      assertThat(line.labels()).containsKeys("allocation", "node", "stream");
    }
    List<Progress> told =
        lines.stream().flatMap(line -> ProgressLine.read(line.text()).stream()).toList();
    assertThat(told.stream().map(Progress::kind)).contains(Progress.Kind.ATTEMPT);
    assertThat(lines.get(0).time()).isEqualTo(Instant.ofEpochMilli(told.get(0).timestamp()));
  }

  @Test
  void allOfATrainingIsFoundByItsAllocation() {
    JsonNode allocation = cluster.nomad().allocations(training.job()).get(0);
    awaitAllOf(allocation);
  }

  @Test
  void thePlainLinesOfAProgramAreFoundAndMarkedByWhereTheyCameFrom() {
    JsonNode allocation = ended("plain", "[sh, -c, 'echo to-stdout; echo \"to stderr\" >&2']");
    String id = allocation.path("ID").asText();
    awaitAllOf(allocation);
    List<Logs.Line> errors =
        logs.await(
            "{service_name=\"train\", stream=\"stderr\"} | allocation=\""
                + id
                + "\" |= \"to stderr\"",
            found -> !found.isEmpty());
    assertThat(errors.get(0).labels())
        .containsEntry("node", "node-1")
        .containsEntry("stream", "stderr")
        .containsEntry("allocation", id);
  }

  /** Loki keeps a stream for each combination of them: what differs for each job must be none. */
  @Test
  void theIndexHasFewLabels() {
    logs.await(TRAINING, found -> !found.isEmpty());
    List<String> labels = new ArrayList<>();
    logs.rest()
        .get("/loki/api/v1/labels?since=12h")
        .path("data")
        .forEach(one -> labels.add(one.asText()));
    assertThat(labels).containsExactlyInAnyOrder("service_name", "node", "stream");
  }

  @Test
  void ofTwoJobsThatPrintTheSameBothAreKept() {
    String same = "[sh, -c, 'echo the same; echo the same']";
    JsonNode one = ended("same-1", same);
    JsonNode other = ended("same-2", same);
    awaitAllOf(one);
    awaitAllOf(other);
  }

  @Test
  void theAgentsAreFoundToo() {
    List<Logs.Line> lines =
        logs.await("{service_name=\"consul\"} | severity_text=\"INFO\"", found -> !found.isEmpty());
    assertThat(lines.get(0).time()).isBefore(Instant.now().plusSeconds(1));
  }

  @Test
  void aLineOfDaysAgoIsTakenBesideNewOnes() {
    String time = Instant.now().minus(Duration.ofDays(5)).truncatedTo(ChronoUnit.MILLIS).toString();
    JsonNode allocation = ended("old", "[echo, '%s']".formatted(ours(time)));
    awaitAllOf(allocation);
  }

  @Test
  void whatLokiRefusesIsToldByTheMetricOfTheAlertAndTakesNoOthersAlong() {
    String future = ours("2100-01-01T00:00:00.000Z");
    JsonNode allocation = ended("future", "[echo, '%s']".formatted(future));
    awaitAllOf(allocation, line -> !line.equals(future));
    prometheus.awaitResult("otelcol_exporter_send_failed_log_records > 0");
    prometheus.awaitMetric("otelcol_exporter_queue_size");
    prometheus.awaitMetric("otelcol_exporter_sent_log_records");
    prometheus.awaitResult("up{job=\"loki\"} == 1");
  }

  private static String ours(String time) {
    return "{\"nomad_ml\":\"log\",\"time\":\""
        + time
        + "\",\"level\":\"INFO\",\"message\":\"said\"}";
  }

  @Test
  void aCollectorThatIsKilledLosesAndDoublesNothing() throws IOException {
    Printing printing = new Printing("collector-killed");
    logs.kill("log-collector");
    printing.goOn();
    awaitAllOf(printing.ended());
  }

  @Test
  void whatIsPrintedWhileLokiIsDeadIsSentLater() throws IOException {
    Printing printing = new Printing("loki-killed");
    logs.kill("loki");
    printing.goOn();
    awaitAllOf(printing.ended());
  }

  @Test
  void everyPanelOfLogsShowsSomething() {
    List<Dashboard.Query> queries = new ArrayList<>();
    for (Dashboard dashboard : Dashboard.all()) {
      if (dashboard.logQueries(dashboard.choice(any -> List.of())).isEmpty()) {
        continue;
      }
      Map<String, String> choice =
          dashboard.choice(
              expression -> {
                List<JsonNode> series = new ArrayList<>();
                prometheus.awaitResult(expression).forEach(one -> series.add(one.path("metric")));
                return series;
              });
      queries.addAll(dashboard.logQueries(choice));
    }
    assertThat(queries).isNotEmpty();
    for (Dashboard.Query query : queries) {
      logs.await(query.expression(), found -> !found.isEmpty());
    }
  }

  /** A program that prints 500 lines, waits, and prints 500 more; the first have arrived. */
  private final class Printing {
    private final Path go;
    private final Submitted job;

    Printing(String name) {
      go = submitJob.folder().resolve(name + ".go");
      String script =
          "seq 1 500; while [ ! -e %s ]; do sleep 0.1; done; seq 501 1000".formatted(go);
      job = Submitted.of(cluster, submitJob.submit(command(name, "[sh, -c, '" + script + "']")));
      String id = job.allocation();
      logs.await(
          TRAINING + " | allocation=\"" + id + "\" |~ \"^[0-9]+$\"", found -> found.size() == 500);
      logs.awaitSent();
    }

    void goOn() throws IOException {
      Files.createFile(go);
    }

    JsonNode ended() {
      cluster.nomad().awaitDead(job.job());
      return cluster.nomad().allocations(job.job()).get(0);
    }
  }

  /** Loki's lines of an allocation's stdout are those of Nomad's file, each once. */
  private void awaitAllOf(JsonNode allocation) {
    awaitAllOf(allocation, line -> true);
  }

  private void awaitAllOf(JsonNode allocation, Predicate<String> wanted) {
    List<String> printed =
        cluster.nomad().output(allocation).lines().filter(wanted).sorted().toList();
    assertThat(printed).isNotEmpty();
    String query =
        "{service_name=\"train\", stream=\"stdout\"} | allocation=\"%s\""
            .formatted(allocation.path("ID").asText());
    Eventually.asserted(
        "Loki has all lines once", () -> assertThat(texts(query)).isEqualTo(printed));
    logs.awaitSent();
    assertThat(texts(query)).isEqualTo(printed);
  }

  private List<String> texts(String query) {
    return logs.lines(query).stream().map(Logs.Line::text).sorted().toList();
  }

  private JsonNode ended(String name, String command) {
    Submitted job = Submitted.of(cluster, submitJob.submit(command(name, command)));
    Eventually.until("it was placed", () -> job.allocations() > 0);
    cluster.nomad().awaitDead(job.job());
    return cluster.nomad().allocations(job.job()).get(0);
  }

  private Path command(String name, String command) {
    return JobFiles.command(submitJob.folder(), name, command);
  }
}
