package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.Samples.TRAIN;
import static nomadml.scheduler.nomad.Samples.cluster;
import static nomadml.scheduler.nomad.Samples.file;
import static nomadml.scheduler.nomad.Samples.machine;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import nomadml.spec.JobFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraitsTest {
  @ParameterizedTest
  @CsvSource({
    "datacenters=[dc1], true",
    "datacenters=[dc*], true",
    "datacenters=[x.c1], false",
    "datacenters=['?c1'], false",
    "node_pool=default, true",
    "node_pool=all, true",
    "node_pool=gpu, false",
  })
  void reachesNodesOfThePoolAndTheDatacenters(String placement, boolean reached) {
    Traits traits =
        cluster(machine("a", JobFile.Driver.EXEC))
            .reachable(file(TRAIN, "placement." + placement).placement());
    assertThat(traits.machines()).hasSize(reached ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "'{model: h200}', true",
    "'{model: H100}', false",
    "'{memory: \">=40GiB\"}', true",
    "'{memory: \">=140.5 GiB\"}', false",
    "'{memory: \">150GB\"}', true",
    "'{memory: \"<1TB\"}', true",
    "'{memory: \"<=1000MB\"}', false",
    "'{memory: \"=143771MiB\"}', true",
    "'{count: 8}', true",
    "'{count: 9}', false",
  })
  void knowsWhichNodeHasADevice(String gpu, boolean has) {
    JobFile.Gpu wanted = file(TRAIN, "resources.gpu=" + gpu).resources().gpu();
    assertThat(
            Samples.gpuMachine(JobFile.Driver.RAW_EXEC, "NVIDIA H200", 8, 143_771)
                .has(Objects.requireNonNull(wanted)))
        .isEqualTo(has);
  }
}
