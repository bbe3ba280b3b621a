package nomadml.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Exporters;
import nomadml.system.servers.Prometheus;
import nomadml.system.servers.Replay;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Rest;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.TlsService;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every panel of every dashboard shows something, and every rule reads what something exports, on a
 * platform that trains, waits, fails, restarts and rolls out. What can't run everywhere is a file
 * that is served: what exporters of GPUs, Postgres, Redis and containers said.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class DashboardsIT {
  private static final String AGENT =
      Repository.text("nomad/agent.hcl")
          .replaceAll("collection_interval +=.*", "collection_interval = \"1s\"");
  private static final String TWO_ALLOCATIONS =
      "count(count by (alloc_id) (last_over_time("
          + "nomad_client_allocs_memory_allocated{exported_job=\"deployed\"}[1h]))) >= 2";
  private static final List<String> RECORDED =
      List.of("dcgm-exporter", "postgres-exporter", "redis-exporter", "cadvisor");

  private final Cluster cluster = Cluster.start("dashboards", 1, AGENT, AGENT);
  private final Exporters exporters = Exporters.beside(cluster);
  private final Prometheus prometheus = exporters.prometheus(cluster);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "dashboards");

  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  @BeforeAll
  void begin() throws IOException {
    for (String exporter : RECORDED) {
      try (InputStream said = DashboardsIT.class.getResourceAsStream(exporter + ".txt")) {
        Replay.of(said.readAllBytes(), exporter, cluster);
      }
    }
    TlsService.start(cluster, "behind-tls", 10);
    textfile("backup", "1048576");
    run(Tools.program("consul", "consul"), "tls", "ca", "create");
    textfile("certificates", exporters.textfiles().resolve("consul-agent-ca.pem").toString());
    cluster.nomad().register(NomadJobs.serving("deployed", 1));
    cluster.nomad().register(NomadJobs.sleeping("waiting", 50, 1_000_000));
    cluster.nomad().register(NomadJobs.failing("failing", 0));
    cluster.nomad().register(NomadJobs.failing("restarting", 100));
    JsonNode trained =
        submitJob.submit(
            JobFiles.DIGITS,
            JobFiles.slow("served", 1, "--set", "register=served", "--set", "train.batch_size=64"));
    String[] slow =
        JobFiles.slow("dashboards", 2000, "--set", "env.PATH=" + NvidiaSmi.inPath(cluster));
    Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, slow)).awaitEpoch(2);
    prometheus.awaitResult("probe_success{service=\"deployed\"} == 1");
    cluster.nomad().register(NomadJobs.serving("deployed", 2));
    prometheus.awaitResult(TWO_ALLOCATIONS);
    prometheus.awaitResult("probe_success{service=\"deployed\"} == 1");
    serve(Submitted.of(cluster, trained));
  }

  /** One request a second to the end: what is asked about the last minute needs some in it. */
  private void serve(Submitted trained) throws IOException {
    trained.awaitFinished();
    cluster
        .nomad()
        .register(NomadJobs.answering("served", 1, "http://" + cluster.consul().address()));
    JsonNode serves = prometheus.series("up{job=\"serve-served\"} == 1").get(0);
    String address = serves.path("instance").asText();
    Rest server = new Rest(Integer.parseInt(address.substring(address.indexOf(':') + 1)));
    byte[] example = trained.run().artifact("model/serving_input_example.json");
    JsonNode request = new ObjectMapper().readTree(example);
    prometheus.awaitResult(
        "probe_success{service=\"serve-served\", health=\"passing\", role=\"stable\"} == 1");
    assertThat(server.post("/invocations", request).path("predictions")).isNotEmpty();
    assertThatThrownBy(() -> server.post("/invocations", Map.of("no", "request")))
        .hasMessageContaining("answered 400");
    ScheduledExecutorService client = Executors.newSingleThreadScheduledExecutor();
    cluster.before(client::shutdownNow);
    Future<?> asking =
        client.scheduleWithFixedDelay(() -> server.post("/invocations", request), 0, 1, SECONDS);
    prometheus.awaitResult("rate(serving_rows_total[1m]) > 0");
    assertThat(asking.isDone()).as("a request failed").isFalse();
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyPanelShowsSomething(Dashboard dashboard) {
    Map<String, String> choice = choice(dashboard);
    assertThat(choice.values()).as("choices of the variables").doesNotContain("");
    List<String> empty = new ArrayList<>();
    for (Dashboard.Query query : dashboard.queries(choice)) {
      try {
        prometheus.awaitResult(query.expression());
      } catch (org.awaitility.core.ConditionTimeoutException e) {
        empty.add(query.title() + ": " + query.expression());
      }
    }
    assertThat(empty).as("panels that show nothing").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyMetricIsExported(Dashboard dashboard) {
    Map<String, String> choice = choice(dashboard);
    List<Dashboard.Query> queries = new ArrayList<>(dashboard.queries(choice));
    queries.addAll(dashboard.annotations(choice));
    TreeSet<String> metrics = new TreeSet<>();
    queries.forEach(query -> metrics.addAll(prometheus.metrics(query.expression())));
    assertThat(metrics).isNotEmpty();
    metrics.forEach(prometheus::awaitMetric);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyAnnotationIsAQueryPrometheusTakes(Dashboard dashboard) {
    for (Dashboard.Query query : dashboard.annotations(choice(dashboard))) {
      assertThat(prometheus.query(query.expression()).isArray()).as(query.title()).isTrue();
    }
  }

  @Test
  void theStartOfARunIsMarkedWhereRunsAreShown() {
    for (Dashboard dashboard : dashboards()) {
      List<Dashboard.Query> starts =
          dashboard.annotations(choice(dashboard)).stream()
              .filter(query -> query.title().equals("Run starts"))
              .toList();
      for (Dashboard.Query start : starts) {
        // The GPU dashboard marks runs on a GPU, and this one is on the CPU.
        if (!start.expression().contains("device!~")) {
          assertThat(prometheus.overTheLastTenMinutes(start.expression())).isNotEmpty();
        }
      }
    }
  }

  @Test
  void aRolloutIsSeenAsASecondAllocation() {
    prometheus.awaitResult(TWO_ALLOCATIONS);
    prometheus.awaitResult(
        "max_over_time(nomad_client_allocs_restart{exported_job=\"deployed\"}[1h]) >= 1");
  }

  /** Those of Alertmanager and the log collector are looked for where there is one. */
  @Test
  void everyRuleIsWellAndReadsWhatIsExported() {
    TreeSet<String> metrics = new TreeSet<>();
    JsonNode groups = prometheus.rest().get("/api/v1/rules").at("/data/groups");
    assertThat(groups).hasSizeGreaterThanOrEqualTo(5);
    for (JsonNode rule : groups.findParents("query")) {
      String query = rule.path("query").asText();
      assertThat(rule.path("health").asText()).as(query).isIn("ok", "unknown");
      metrics.addAll(prometheus.metrics(query));
    }
    metrics.removeIf(name -> name.startsWith("alertmanager_") || name.startsWith("otelcol_"));
    metrics.forEach(prometheus::awaitMetric);
  }

  @Test
  void theEndOfACertificateIsSeenFromOutside() {
    prometheus.awaitResult("probe_success{service=\"behind-tls\"} == 1");
    prometheus.awaitResult(
        "certificate:remaining:seconds{service=\"behind-tls\"} < 10 * 86400 > 9 * 86400");
  }

  @Test
  void everyTargetOfTheConfigurationAnswers() {
    Eventually.until(
        "all targets answer",
        () ->
            prometheus.query("up == 0").isEmpty()
                && prometheus.query("count by (job) (up)").size() >= 7);
  }

  private Map<String, String> choice(Dashboard dashboard) {
    return dashboard.choice(prometheus::series);
  }

  private void textfile(String... arguments) {
    run(SubmitJob.joined(List.of(Repository.file("tools/textfile").toString()), arguments));
  }

  private void run(String... command) {
    Path folder = exporters.textfiles();
    RunningProgram program =
        RunningProgram.start(
            command[0],
            cluster.folders().log("textfile"),
            folder,
            Map.of("NOMAD_ML_TEXTFILE_DIR", folder.toString()),
            List.of(command));
    assertThat(program.awaitExit()).as(program.output()).isZero();
  }
}
