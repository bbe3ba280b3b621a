package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.Samples.TRAIN;
import static nomadml.scheduler.nomad.Samples.cluster;
import static nomadml.scheduler.nomad.Samples.file;
import static nomadml.scheduler.nomad.Samples.gpuMachine;
import static nomadml.scheduler.nomad.Samples.machine;
import static nomadml.scheduler.nomad.Samples.withoutTrainer;
import static org.assertj.core.api.Assertions.assertThat;

import com.hashicorp.nomad.apimodel.AllocationListStub;
import com.hashicorp.nomad.apimodel.AllocationMetric;
import com.hashicorp.nomad.apimodel.JobPlanResponse;
import com.hashicorp.nomad.apimodel.PlanAnnotations;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Forecast.Verdict;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import org.junit.jupiter.api.Test;

class ForecastsTest {
  @Test
  void namesTheOnlyNodeThatFits() {
    Forecast forecast =
        forecast(
            file(TRAIN),
            new JobPlanResponse(),
            cluster(machine("a", Driver.RAW_EXEC), withoutTrainer("b")));
    assertThat(forecast.verdict()).isEqualTo(Verdict.NOW);
    assertThat(forecast.nodeName()).isEqualTo("a");
    assertThat(forecast.notes()).containsExactly("runs by the raw_exec driver, on 1 of 2 nodes");
  }

  @Test
  void leavesOpenWhichOfSeveralNodesItWillBe() {
    Traits two = cluster(machine("a", Driver.RAW_EXEC), machine("b", Driver.RAW_EXEC));
    assertThat(forecast(file(TRAIN), new JobPlanResponse(), two).nodeName()).isNull();
  }

  @Test
  void namesEachJobThatHasToMakeRoomOnce() {
    AllocationListStub evicted = new AllocationListStub().setJobId("small");
    JobPlanResponse plan =
        new JobPlanResponse()
            .setAnnotations(new PlanAnnotations().setPreemptedAllocs(List.of(evicted, evicted)));
    Forecast forecast = forecast(file(TRAIN), plan, cluster(machine("a", Driver.RAW_EXEC)));
    assertThat(forecast.preempts()).containsExactly("small");
  }

  @Test
  void waitsWhenNodesAreOnlyFull() {
    AllocationMetric metric =
        metric(1).setNodesExhausted(1).setDimensionExhausted(Map.of("memory", 1));
    Forecast forecast = failed(file(TRAIN), metric, cluster(machine("a", Driver.RAW_EXEC)));
    assertThat(forecast.verdict()).isEqualTo(Verdict.WAITS);
    assertThat(forecast.reasons()).containsExactly("the only node: memory exhausted");
  }

  @Test
  void waitsForABusyDevice() {
    AllocationMetric metric =
        metric(1)
            .setNodesExhausted(1)
            .setDimensionExhausted(Map.of("devices: no devices match request", 1));
    JobFile file = file(TRAIN, "resources.gpu={required: false}");
    Forecast forecast =
        failed(file, metric, cluster(gpuMachine(Driver.RAW_EXEC, "Tesla T4", 1, 15_360)));
    assertThat(forecast.verdict()).isEqualTo(Verdict.WAITS);
    assertThat(forecast.reasons()).containsExactly("the only node: device nvidia/gpu busy");
  }

  @Test
  void waitsForAQuota() {
    AllocationMetric metric =
        metric(1).setQuotaExhausted(List.of("memory exhausted (2048 > 1024)"));
    Forecast forecast = failed(file(TRAIN), metric, cluster(machine("a", Driver.RAW_EXEC)));
    assertThat(forecast.verdict()).isEqualTo(Verdict.WAITS);
    assertThat(forecast.reasons())
        .containsExactly("the quota is used up: memory exhausted (2048 > 1024)");
  }

  @Test
  void isNeverPlacedWhenNoNodeIsThatLarge() {
    AllocationMetric metric =
        metric(1).setNodesExhausted(1).setDimensionExhausted(Map.of("memory", 1));
    Forecast forecast =
        failed(
            file(TRAIN, "resources.memory=64GiB", "resources.cpu=9000"),
            metric,
            cluster(machine("a", Driver.RAW_EXEC)));
    assertThat(forecast.verdict()).isEqualTo(Verdict.NEVER);
    assertThat(forecast.reasons())
        .containsExactly(
            "asks for 9000 MHz of cpu, the largest node has 4000",
            "asks for 65536 MiB of memory, the largest node has 8192");
  }

  @Test
  void isNeverPlacedWithoutATrainerAndSaysHowToLayIt() {
    Forecast forecast =
        failed(
            file(TRAIN),
            filtered(2, "${meta.nomad_ml_trainers} set_contains 1.2.3"),
            cluster(withoutTrainer("a"), withoutTrainer("b")));
    assertThat(forecast.verdict()).isEqualTo(Verdict.NEVER);
    assertThat(forecast.reasons()).containsExactly("all 2 nodes: trainer 1.2.3 is not laid there");
    assertThat(forecast.notes())
        .containsExactly(
            "hint: lay trainer 1.2.3 on the nodes: ./setup.sh up does, on other clusters nomad/platform/lay.nomad.hcl");
  }

  @Test
  void explainsItselfWhatNomadDoesNot() {
    Forecast forecast =
        failed(
            file(TRAIN, "resources.gpu={model: H200}", "driver=raw_exec"),
            filtered(4, "computed class ineligible"),
            cluster(
                gpuMachine(Driver.RAW_EXEC, "Tesla T4", 1, 15_360),
                gpuMachine(Driver.RAW_EXEC, "NVIDIA H200", 1, 143_771),
                machine("docker", Driver.DOCKER),
                withoutTrainer("bare")));
    assertThat(forecast.verdict()).isEqualTo(Verdict.NEVER);
    assertThat(forecast.reasons())
        .containsExactly(
            "1 of 4 nodes: no device nvidia/gpu, model H200",
            "1 of 4 nodes: driver raw_exec is not there or not healthy",
            "1 of 4 nodes: trainer 1.2.3 is not laid there",
            "1 of 4 nodes: placement.constraints or the nomad block exclude it");
  }

  @Test
  void isNeverPlacedWhereNoNodeIsReady() {
    Traits elsewhere = new Traits(cluster(machine("a", Driver.RAW_EXEC)).machines(), 3);
    Forecast forecast = failed(file(TRAIN, "placement.datacenters=[dc7]"), metric(0), elsewhere);
    assertThat(forecast.verdict()).isEqualTo(Verdict.NEVER);
    assertThat(forecast.reasons())
        .containsExactly("no node is ready in its datacenters and node pool");
    assertThat(forecast.notes()).singleElement().asString().contains("3 are down");
  }

  private static Forecast failed(JobFile file, AllocationMetric metric, Traits cluster) {
    return forecast(
        file, new JobPlanResponse().setFailedTgAllocs(Map.of("train", metric)), cluster);
  }

  private static Forecast forecast(JobFile file, JobPlanResponse plan, Traits cluster) {
    Translation translation = Samples.TRANSLATION.translate(Samples.request(file), cluster);
    return new Forecasts(file, translation, cluster, Samples.VERSION).of(plan);
  }

  private static AllocationMetric metric(int evaluated) {
    return new AllocationMetric().setNodesEvaluated(evaluated);
  }

  private static AllocationMetric filtered(int nodes, String reason) {
    return metric(nodes).setNodesFiltered(nodes).setConstraintFiltered(Map.of(reason, nodes));
  }
}
