package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import nomadml.spec.ExitCode;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.GpuPlugin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** GPUs as the real Nomad hands them out, told of by a device plugin that only pretends. */
@TestInstance(Lifecycle.PER_CLASS)
final class GpuJobIT {
  private final Cluster cluster =
      Cluster.start(
          "gpu",
          1,
          "",
          GpuPlugin.configuration(
              new GpuPlugin.Gpus("NVIDIA H200", 1, 143_771),
              new GpuPlugin.Gpus("NVIDIA A10", 2, 24_576)));
  private final SubmitJob submitJob = SubmitJob.on(cluster, "gpu");

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aJobGetsTheGpusItAsksFor() {
    Path file = printing("two", "resources: {gpu: {count: 2, model: A10, memory: \">=20GiB\"}}");
    SubmitJob.Called followed = submitJob.succeed(file.toString(), "--follow");
    assertThat(followed.shown()).containsPattern("devices:GPU-1-[01],GPU-1-[01]");
    JsonNode devices = devices(Submitted.named(cluster, "two"));
    assertThat(devices.at("/0/Name").asText()).isEqualTo("NVIDIA A10");
    assertThat(devices.at("/0/DeviceIDs")).hasSize(2);
  }

  @Test
  void enoughMemoryChoosesTheModel() {
    Path file = printing("large", "resources: {gpu: {memory: \">=40GiB\"}}");
    submitJob.succeed(file.toString(), "--follow");
    assertThat(devices(Submitted.named(cluster, "large")).at("/0/Name").asText())
        .isEqualTo("NVIDIA H200");
  }

  @Test
  void aGpuThatIsNowhereIsRefusedWithTheReasonAndLeavesNothing() {
    assertRefused("no-model", "{model: B300}", "B300");
    assertRefused("no-memory", "{memory: \">=400GiB\"}", "400");
    assertRefused("too-many", "{count: 3, model: A10}", "3");
  }

  private void assertRefused(String name, String gpu, String reason) {
    Path file = printing(name, "resources: {gpu: " + gpu + "}");
    SubmitJob.Called refused = submitJob.call(file.toString(), "--detach");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(ExitCode.NEVER_PLACED.number());
    assertThat(refused.errors()).containsIgnoringCase("gpu").contains(reason, "hint:");
    assertThat(cluster.nomad().jobs(name)).isEmpty();
    assertThat(cluster.mlflow().runsIn(name)).isEmpty();
    assertThat(submitJob.call("plan", file.toString()).exitCode())
        .isEqualTo(ExitCode.NEVER_PLACED.number());
  }

  @Test
  void aGpuThatIsNotRequiredAndNowhereMeansTheCpu() {
    Path file = printing("optional", "resources: {gpu: {model: B300, required: false}}");
    SubmitJob.Called followed = submitJob.succeed(file.toString(), "--follow");
    assertThat(followed.shown()).containsIgnoringCase("cpu");
    assertThat(devices(Submitted.named(cluster, "optional"))).isEmpty();
  }

  @Test
  void aBusyGpuIsWaitedForAndPlanSaysSo() {
    String gpu = "resources: {gpu: {model: H200, required: false}}";
    Submitted busy =
        Submitted.of(
            cluster,
            submitJob.submit(JobFiles.command(submitJob.folder(), "busy", "[sleep, 600]", gpu)));
    busy.awaitRunning();
    Path file = printing("waiting", gpu);
    SubmitJob.Called planned = submitJob.succeed("plan", file.toString());
    assertThat(planned.shown()).containsPattern("(?i)wait").containsIgnoringCase("gpu");
    Submitted waiting = Submitted.of(cluster, submitJob.submit(file));
    Eventually.until(
        "it is queued",
        () -> cluster.nomad().job(waiting.job()).path("Status").asText().equals("pending"));
    assertThat(waiting.allocations()).isZero();
    submitJob.succeed("stop", busy.job());
    waiting.awaitFinished();
    assertRun(waiting.run()).hasStatus("FINISHED");
    assertThat(devices(waiting).at("/0/Name").asText()).isEqualTo("NVIDIA H200");
  }

  @Test
  void nodesTellsWhichGpusAreThere() {
    SubmitJob.Called nodes = submitJob.succeed("nodes");
    assertThat(nodes.output()).contains("node-1", "H200", "A10");
  }

  private Path printing(String name, String... more) {
    return JobFiles.write(
        submitJob.folder(),
        name + ".yaml",
        "name: %s\ncommand: [sh, -c, 'echo devices:$NVIDIA_VISIBLE_DEVICES']\n%s\n"
            .formatted(name, String.join("\n", more)));
  }

  private JsonNode devices(Submitted job) {
    String allocation = cluster.nomad().allocations(job.job()).get(0).path("ID").asText();
    JsonNode tasks =
        cluster.nomad().rest().get("/v1/allocation/" + allocation).at("/AllocatedResources/Tasks");
    return tasks.elements().next().path("Devices");
  }
}
