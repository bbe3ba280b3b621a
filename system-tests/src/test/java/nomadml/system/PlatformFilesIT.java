package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the platform are what their programs take. */
@TestInstance(Lifecycle.PER_CLASS)
final class PlatformFilesIT {
  private final AtomicInteger calls = new AtomicInteger();
  private final Cluster cluster = Cluster.start("platform", 1);

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void promtoolAcceptsTheConfigurationOfPrometheus() {
    run(
        Tools.program("prometheus", "promtool"),
        "check",
        "config",
        Repository.file("prometheus/prometheus.yml").toString());
  }

  @Test
  void blackboxExporterAcceptsItsConfiguration() {
    run(
        Tools.program("blackbox_exporter", "blackbox_exporter"),
        "--config.file=" + Repository.file("prometheus/blackbox.yml"),
        "--config.check");
  }

  @ParameterizedTest
  @MethodSource("ruleTests")
  void theRulesOfPrometheusDoWhatTheirTestsSay(Path file) {
    run(Tools.program("prometheus", "promtool"), "test", "rules", file.toString());
  }

  static List<Path> ruleTests() {
    return Repository.files("prometheus/tests", ".yml");
  }

  @ParameterizedTest
  @MethodSource("nomadJobs")
  void nomadAcceptsEachJobOfThePlatform(Path file) {
    run(Tools.program("nomad", "nomad"), "job", "validate", file.toString());
  }

  static List<Path> nomadJobs() {
    return Repository.files("nomad/platform", ".nomad.hcl");
  }

  @Test
  void consulAcceptsItsConfiguration() {
    run(
        Tools.program("consul", "consul"),
        "validate",
        "-config-format=hcl",
        Repository.file("consul/agent.hcl").toString(),
        Repository.file("consul/server.hcl").toString(),
        here().toString());
  }

  @Test
  void nomadAcceptsItsConfiguration() {
    run(
        Tools.program("nomad", "nomad"),
        "config",
        "validate",
        Repository.file("nomad/agent.hcl").toString(),
        Repository.file("nomad/server.hcl").toString(),
        Repository.file("nomad/client.hcl").toString(),
        here().toString());
  }

  /** What an agent's second file says at the least. */
  private Path here() {
    return cluster.folders().write("here.hcl", "data_dir = \"/tmp\"\nbind_addr = \"127.0.0.1\"\n");
  }

  @Test
  void nomadRunsWhatRenderPrints() throws IOException {
    SubmitJob submitJob = SubmitJob.on(cluster, "render");
    Path file = JobFiles.command(submitJob.folder(), "rendered", "[\"true\"]");
    JsonNode printed = submitJob.succeed("render", file.toString()).json();
    JsonNode job = printed.path("Job").isMissingNode() ? printed : printed.path("Job");
    assertThat(job.at("/Meta").has(Names.META_SUBMISSION)).isTrue();
    Path json = submitJob.folder().resolve("rendered.json");
    new ObjectMapper().writeValue(json.toFile(), printed);
    run(Tools.program("nomad", "nomad"), "job", "run", "-json", "-detach", json.toString());
    String id = job.path("ID").asText();
    Eventually.until("Nomad ran it", () -> !cluster.nomad().allocations(id).isEmpty());
  }

  @Test
  void renderingSendsNothing() {
    SubmitJob submitJob = SubmitJob.on(cluster, "render-only");
    Path file = JobFiles.command(submitJob.folder(), "only-rendered", "[\"true\"]");
    assertThat(submitJob.succeed("render", file.toString()).json().toString())
        .contains("raw_exec", "SIGTERM");
    assertThat(cluster.nomad().jobs("only-rendered")).isEmpty();
    assertThat(cluster.mlflow().runsIn("only-rendered")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "install",
        "config",
        "validate",
        "up",
        "down",
        "restart",
        "status",
        "logs",
        "update",
        "backup",
        "restore",
        "clean"
      })
  void setUpTellsHowEachOfItsCommandsIsUsed(String command) {
    assertThat(run(Repository.file("setup.sh").toString(), "--help")).contains(command);
    assertThat(run(Repository.file("setup.sh").toString(), command, "--help"))
        .contains("Usage: ./setup.sh " + command);
  }

  /** Runs a program beside the cluster; it must end well. Gives what it printed. */
  private String run(String... command) {
    RunningProgram program =
        RunningProgram.start(
            String.join(" ", command),
            cluster.folders().log("platform-" + calls.incrementAndGet()),
            Repository.ROOT,
            Map.of("NOMAD_ADDR", cluster.nomad().address()),
            List.of(command));
    int exitCode = program.awaitExit();
    assertThat(exitCode).as(String.join(" ", command) + "\n" + program.output()).isZero();
    return program.output();
  }
}
