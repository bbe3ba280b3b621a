package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import nomadml.system.servers.Client;
import nomadml.system.servers.Client.Load;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Gateway;
import nomadml.system.servers.NomadNode;
import nomadml.system.servers.NomadServer;
import nomadml.system.servers.Processes;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Signal;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Under constant load through the gateway no request fails while model servers are killed, drained
 * and exchanged. A node that is lost comes last: the others are needed before.
 */
@Tag("gateway")
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
final class GatewayLoadIT {
  private static final String MODEL = "digits-mlp";
  private static final String SERVICE = "serve-" + MODEL;
  private static final String BODY = "{\"inputs\": [[" + "0,".repeat(63) + "0]]}";

  private final Cluster cluster =
      Cluster.ofServices("gateway-load", 3, Gateway.nodeConfiguration());
  private final NomadServer nomad = cluster.nomad();
  private final Gateway gateway = Gateway.start(cluster, "gateway", "rate=100000");
  private final Client client = Client.of(gateway.port());

  GatewayLoadIT() {
    SubmitJob submitJob = SubmitJob.on(cluster, "me");
    for (int version = 1; version <= 2; version++) {
      submitJob.succeed(
          JobFiles.DIGITS.toString(),
          "--follow",
          "--set",
          "train.epochs=2",
          "--set",
          "register=" + MODEL);
    }
    serve(1, 2);
    awaitPassing(2);
    Eventually.until(
        "it is served",
        () -> client.post(path(), BODY, "Content-Type", "application/json").status() == 200);
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  @Order(1)
  void anInstanceThatIsKilledFailsNoRequest() {
    Load load = client.load(8, path(), BODY);
    load.awaitMore(500);
    Set<Integer> before = Set.copyOf(cluster.consul().passing(SERVICE));
    Signal.killAll(servers(running().get(0)));
    load.awaitMore(2000);
    Eventually.until("another one passes", () -> cluster.consul().passing(SERVICE).size() == 2);
    load.awaitMore(500);
    told("kill -9 of one of " + before.size(), load.end());
  }

  @Test
  @Order(2)
  void aNodeThatIsDrainedFailsNoRequest() {
    Load load = client.load(8, path(), BODY);
    load.awaitMore(500);
    String drained = leaving();
    nomad.drain(cluster.node(drained).id());
    Eventually.until(
        "it is empty", () -> running().stream().noneMatch(one -> nodeOf(one).equals(drained)));
    awaitPassing(2);
    load.awaitMore(1000);
    nomad.eligible(cluster.node(drained).id(), true);
    told("drain of a node", load.end());
  }

  @Test
  @Order(3)
  void aRollingUpdateFailsNoRequest() {
    Load load = client.load(8, path(), BODY);
    load.awaitMore(500);
    serve(2, 2);
    Eventually.until(
        "all are of the new version",
        () ->
            running().size() == 2
                && client
                    .get("/models")
                    .json()
                    .findValuesAsText("version")
                    .equals(List.of("2", "2")));
    load.awaitMore(1000);
    Map<String, Integer> outcomes = load.end();
    told("rolling update", outcomes);
    assertThat(outcomes).containsKey("200 version 2");
  }

  @Test
  @Order(4)
  void aNodeThatIsLostFailsNoRequest() {
    Load load = client.load(8, path(), BODY);
    load.awaitMore(500);
    String lost = leaving();
    cluster.node(lost).kill();
    load.awaitMore(2000);
    Eventually.until(
        "Nomad has noticed",
        () -> cluster.node(lost).described().path("Status").asText().equals("down"));
    Eventually.until(
        "the lost server has another place",
        () -> running().stream().filter(one -> !nodeOf(one).equals(lost)).count() == 2);
    awaitPassing(2);
    load.awaitMore(1000);
    told("kill -9 of a node", load.end());
  }

  /** Of all requests each was answered well; how many is told for docs/measurements.md. */
  private static void told(String what, Map<String, Integer> outcomes) {
    System.out.println(what + ": " + outcomes);
    assertThat(outcomes.keySet()).allMatch(outcome -> outcome.startsWith("200 version "));
  }

  private static String path() {
    return "/models/" + MODEL + "/invocations";
  }

  /** A node with a model server and without the gateway. */
  private String leaving() {
    String kept = nodeOf(gateway.allocation());
    return running().stream()
        .map(GatewayLoadIT::nodeOf)
        .filter(node -> !node.equals(kept))
        .findFirst()
        .orElseThrow();
  }

  private List<JsonNode> running() {
    return nomad.allocations(SERVICE).stream()
        .filter(one -> one.path("ClientStatus").asText().equals("running"))
        .filter(one -> one.path("DesiredStatus").asText().equals("run"))
        .toList();
  }

  private static String nodeOf(JsonNode allocation) {
    return allocation.path("NodeName").asText();
  }

  private Collection<ProcessHandle> servers(JsonNode allocation) {
    NomadNode node = cluster.node(nodeOf(allocation));
    String mark = "NOMAD_ALLOC_ID=" + allocation.path("ID").asText() + "\n";
    return node.processes().stream()
        .filter(one -> Processes.environment(one).contains(mark))
        .filter(one -> Processes.commandLine(one).contains("nomadml.serving"))
        .collect(Collectors.toSet());
  }

  private void awaitPassing(int count) {
    Eventually.until(count + " pass", () -> cluster.consul().passing(SERVICE).size() == count);
  }

  /** Runs a version on so many nodes, by the job that docs/deploy.md describes. */
  private void serve(int version, int count) {
    String file =
        """
        job "%1$s" {
          type = "service"
          update {
            max_parallel     = 1
            min_healthy_time = "1s"
          }
          group "serve" {
            count          = %3$d
            shutdown_delay = "5s"
            constraint {
              distinct_hosts = true
            }
            network {
              port "http" {}
            }
            service {
              name = "%1$s"
              port = "http"
              tags = ["nomad-ml-serving", "prometheus", "stable", "version-%4$d"]
              check {
                type     = "http"
                path     = "/health"
                interval = "2s"
                timeout  = "2s"
              }
            }
            task "serve" {
              driver       = "raw_exec"
              kill_signal  = "SIGTERM"
              kill_timeout = "30s"
              config {
                command = "${meta.nomad_ml_trainer_folder}/serving/%5$s/bin/serving"
                args    = ["--model", "models:/%2$s/%4$d", "--host", "${NOMAD_IP_http}", "--port", "${NOMAD_PORT_http}"]
              }
              env {
                NOMAD_ML_CONSUL = "${meta.nomad_ml_consul}"
                OMP_NUM_THREADS = "1"
              }
              resources {
                cpu    = 500
                memory = 1024
              }
            }
          }
        }
        """
            .formatted(SERVICE, MODEL, count, version, Repository.VERSION);
    RunningProgram run =
        RunningProgram.start(
            "nomad job run",
            cluster.folders().log("nomad-job-run-" + version),
            Repository.ROOT,
            Map.of("NOMAD_ADDR", nomad.address()),
            List.of(
                Tools.program("nomad", "nomad"),
                "job",
                "run",
                "-detach",
                cluster.folders().write("serve-" + version + ".nomad.hcl", file).toString()));
    assertThat(run.awaitExit()).as(run.output()).isZero();
  }
}
