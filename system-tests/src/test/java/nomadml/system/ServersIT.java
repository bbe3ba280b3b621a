package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.FaultyLink;
import nomadml.system.servers.FaultyLink.Fault;
import nomadml.system.servers.GpuPlugin;
import nomadml.system.servers.NomadNode;
import nomadml.system.servers.Processes;
import nomadml.system.servers.Prometheus;
import nomadml.system.servers.Rest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The servers the other tests stand on do what those tests take for granted. */
@TestInstance(Lifecycle.PER_CLASS)
final class ServersIT {
  private final Cluster cluster =
      Cluster.start(
          "servers", 2, "", GpuPlugin.configuration(new GpuPlugin.Gpus("NVIDIA H200", 2, 143_771)));

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aLostNodesTaskRunsOnTheOther() {
    cluster.nomad().register(NomadJobs.sleeping("lost", 50, 100));
    JsonNode first = cluster.nomad().awaitRunning("lost");
    NomadNode node = cluster.node(first.path("NodeName").asText());
    node.kill();
    JsonNode second =
        Eventually.get(
            "another allocation",
            () -> cluster.nomad().awaitRunning("lost"),
            one -> !one.path("ID").equals(first.path("ID")));
    assertThat(second.path("NodeName").asText()).isNotEqualTo(node.name());
    cluster.nomad().stop("lost");
    node.restart();
    assertThat(node.described().path("Status").asText()).isEqualTo("ready");
  }

  @Test
  void mlflowMovesAndKeepsItsRuns() {
    String experiment =
        cluster
            .mlflow()
            .rest()
            .post("/api/2.0/mlflow/experiments/create", Map.of("name", "moved"))
            .path("experiment_id")
            .asText();
    int before = cluster.mlflow().port();
    cluster.mlflow().move();
    assertThat(cluster.mlflow().port()).isNotEqualTo(before);
    assertThat(cluster.consul().passing(Names.MLFLOW_SERVICE))
        .containsExactly(cluster.mlflow().port());
    assertThat(
            cluster
                .mlflow()
                .rest()
                .get("/api/2.0/mlflow/experiments/get?experiment_id=" + experiment)
                .at("/experiment/name")
                .asText())
        .isEqualTo("moved");
  }

  @Test
  void aGpuOfEnoughMemoryIsGivenAndItsVariableSet() {
    Map<String, Object> job = NomadJobs.sleeping("fits", 50, 100);
    cluster.nomad().register(NomadJobs.withGpu(job, ">=", "40 GiB"));
    JsonNode allocation = cluster.nomad().awaitRunning("fits");
    JsonNode devices =
        cluster
            .nomad()
            .rest()
            .get("/v1/allocation/" + allocation.path("ID").asText())
            .at("/AllocatedResources/Tasks/task/Devices");
    assertThat(devices.at("/0/Name").asText()).isEqualTo("NVIDIA H200");
    String device = devices.at("/0/DeviceIDs/0").asText();
    assertThat(device).startsWith("GPU-0-");
    assertThat(Processes.mentioning(allocation.path("ID").asText()))
        .anyMatch(
            process -> Processes.environment(process).contains("NVIDIA_VISIBLE_DEVICES=" + device));
    cluster.nomad().stop("fits");
  }

  @Test
  void aNodeTellsItsGpus() {
    JsonNode gpus =
        cluster
            .nomad()
            .rest()
            .get("/v1/node/" + cluster.nodes().get(0).id())
            .at("/NodeResources/Devices/0");
    assertThat(gpus.path("Vendor").asText() + "/" + gpus.path("Type").asText())
        .isEqualTo("nvidia/gpu");
    assertThat(gpus.path("Instances")).hasSize(2);
    assertThat(gpus.at("/Attributes/memory/Int").asInt()).isEqualTo(143_771);
    assertThat(gpus.at("/Attributes/memory/Unit").asText()).isEqualTo("MiB");
  }

  @Test
  void aGpuOfTooLittleMemoryIsNotGiven() {
    Map<String, Object> job = NomadJobs.sleeping("too-big", 50, 100);
    cluster.nomad().register(NomadJobs.withGpu(job, ">=", "400 GiB"));
    Eventually.until(
        "a blocked evaluation",
        () ->
            cluster
                .nomad()
                .rest()
                .get("/v1/job/too-big/evaluations")
                .findValuesAsText("Status")
                .contains("blocked"));
    assertThat(cluster.nomad().allocations("too-big")).isEmpty();
    cluster.nomad().stop("too-big");
  }

  @Test
  void prometheusKeepsTheLabelsOfThePushgateway() {
    Prometheus prometheus = Prometheus.beside(cluster);
    cluster.pushgateway().push("/metrics/job/training/run_id/abc", "training_epoch 3\n");
    JsonNode series = prometheus.awaitResult("training_epoch{run_id=\"abc\"}");
    assertThat(series.at("/0/metric/job").asText()).isEqualTo("training");
    assertThat(series.at("/0/value/1").asText()).isEqualTo("3");
  }

  @Test
  void aLinkFailsInEachWayAndHeals() {
    try (FaultyLink link = FaultyLink.to(cluster.mlflow().port())) {
      Rest rest = new Rest(link.port());
      for (Fault fault : List.of(Fault.REFUSED, Fault.ERROR, Fault.CUT)) {
        link.fail(fault);
        assertThatThrownBy(() -> create(rest, fault.name())).as(fault.name()).isNotNull();
        link.heal();
      }
      assertThat(experiments(rest)).contains("CUT").doesNotContain("REFUSED", "ERROR");
      link.fail(Fault.ERROR, "POST .*/experiments/create");
      assertThat(experiments(rest)).contains("CUT");
      assertThat(link.befallen()).isZero();
    }
  }

  private static void create(Rest rest, String experiment) {
    rest.post("/api/2.0/mlflow/experiments/create", Map.of("name", experiment));
  }

  private static List<String> experiments(Rest rest) {
    return rest.post("/api/2.0/mlflow/experiments/search", Map.of("max_results", 100))
        .path("experiments")
        .findValuesAsText("name");
  }
}
