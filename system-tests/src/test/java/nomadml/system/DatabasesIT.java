package nomadml.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.FreePort;
import nomadml.system.servers.Postgres;
import nomadml.system.servers.Prometheus;
import nomadml.system.servers.Redis;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Rest;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The dashboard and the alerts of the databases on a real Postgres and a real Redis, asked by their
 * real exporters, of which Postgres's is the platform's Nomad job. {@code -Dupdate} records what
 * the exporters say, for {@link DashboardsIT}, which runs where none of them is.
 */
@Tag("databases")
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class DatabasesIT {
  private final int exporterPort = FreePort.next();
  private final Cluster cluster =
      Cluster.start(
          "databases", 1, "", "client { meta { nomad_ml_platform_folder = \"/nowhere\" } }");
  private final Prometheus prometheus = Prometheus.patient(cluster);
  private final Postgres postgres = Postgres.beside(cluster);
  private final Redis redis = Redis.beside(cluster);

  @BeforeAll
  void begin() {
    postgres.run(
        "CREATE TABLE metrics AS SELECT i AS step, random() AS value"
            + " FROM generate_series(1, 20000) AS i");
    postgres.run("UPDATE metrics SET value = 0 WHERE step % 3 = 0");
    postgres.run("DELETE FROM metrics WHERE step % 5 = 0");
    succeed(redis.client("redis-benchmark", "-q", "-n", "2000", "-r", "500", "-t", "set,get"));
    nomad(
        SubmitJob.joined(
            List.of("var", "put", "-out=none", "nomad/jobs/postgres-exporter"),
            postgres.variable().toArray(String[]::new)));
    nomad(
        "job",
        "run",
        "-var=port=" + exporterPort,
        "-var=postgres_exporter=" + Tools.program("postgres_exporter", "postgres_exporter"),
        Repository.file("nomad/platform/postgres-exporter.nomad.hcl").toString());
    prometheus.awaitResult("pg_up == 1");
    prometheus.awaitResult("redis_up == 1");
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  @Order(1)
  void everyPanelShowsSomething() {
    Dashboard dashboard =
        Dashboard.all().stream()
            .filter(one -> one.uid().equals("nomad-ml-databases"))
            .findFirst()
            .orElseThrow();
    Map<String, String> choice = dashboard.choice(prometheus::series);
    assertThat(choice.values()).doesNotContain("");
    for (Dashboard.Query query : dashboard.queries(choice)) {
      prometheus.awaitResult(query.expression());
    }
    prometheus.awaitResult("0 < postgres:connections_used:ratio < 0.5");
    prometheus.awaitResult("0 < redis:memory_used:ratio < 0.95");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres-exporter", "redis-exporter"})
  @Order(2)
  void theRecordingIsWhatTheExporterSays(String exporter) throws IOException {
    byte[] said =
        exporter.startsWith("redis") ? redis.metrics() : new Rest(exporterPort).bytes("/metrics");
    Path recorded =
        Repository.file("system-tests/src/test/resources/nomadml/system/" + exporter + ".txt");
    if (System.getProperty("update") != null) {
      Files.write(recorded, said);
    }
    assertThat(names(said)).isNotEmpty();
    Set<String> gone = names(Files.readAllBytes(recorded));
    gone.removeAll(names(said));
    assertThat(gone).as("recorded, and not said any more; -Dupdate records anew").isEmpty();
  }

  @Test
  @Order(3)
  void noPasswordIsAmongTheArgumentsOfTheExporter() {
    assertThat(ProcessHandle.allProcesses().flatMap(one -> one.info().commandLine().stream()))
        .filteredOn(line -> line.contains("postgres_exporter"))
        .isNotEmpty()
        .noneMatch(line -> line.contains("a-password-of-tests"));
  }

  @Test
  @Order(4)
  void connectionsThatAreNearlyUsedUpAreTold() {
    List<RunningProgram> connections = new ArrayList<>();
    for (int i = 0; i < 17; i++) { // of 20; the exporter has one to three
      connections.add(postgres.connection());
    }
    awaitAlert("PostgresConnectionsNearlyUsedUp");
    connections.forEach(RunningProgram::close);
  }

  @Test
  @Order(5)
  void aRedisThatRefusesMoreIsTold() {
    // One client: what the buffers of many took would be free again.
    RunningProgram full =
        redis.client(
            "redis-benchmark",
            "-q",
            "-c",
            "1",
            "-n",
            "40000",
            "-r",
            "40000",
            "-d",
            "1000",
            "-t",
            "set");
    full.awaitExit();
    assertThat(full.output()).contains("OOM command not allowed");
    awaitAlert("RedisMemoryFull");
  }

  @Test
  @Order(6)
  void aDatabaseThatIsDownIsTold() {
    assertThat(prometheus.query("ALERTS{alertname=~\"PostgresDown|RedisDown\"}")).isEmpty();
    redis.stop();
    postgres.close();
    awaitAlert("RedisDown");
    awaitAlert("PostgresDown");
  }

  /** It waits for as long as its rule says; that what is said sets it off is enough here. */
  private void awaitAlert(String name) {
    prometheus.awaitResult("ALERTS{alertname=\"" + name + "\"}");
  }

  private static Set<String> names(byte[] metrics) {
    Set<String> names = new TreeSet<>();
    new String(metrics, UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#") && !line.startsWith("go_"))
        .forEach(line -> names.add(line.replaceAll("[{ ].*", "")));
    return names;
  }

  private void nomad(String... arguments) {
    succeed(
        RunningProgram.start(
            "nomad " + arguments[0],
            cluster.folders().log("nomad-cli"),
            Repository.ROOT,
            Map.of("NOMAD_ADDR", cluster.nomad().address()),
            List.of(SubmitJob.joined(List.of(Tools.program("nomad", "nomad")), arguments))));
  }

  private static void succeed(RunningProgram program) {
    assertThat(program.awaitExit()).as(program.output()).isZero();
  }
}
