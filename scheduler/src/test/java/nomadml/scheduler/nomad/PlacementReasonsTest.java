package nomadml.scheduler.nomad;

import static org.assertj.core.api.Assertions.assertThat;

import com.hashicorp.nomad.apimodel.AllocationMetric;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementReasonsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing devices | no such device",
        "missing drivers | the task driver is not there or not healthy",
        "missing compatible host volumes | no host volume nomad-ml-trainer",
        "${meta.nomad_ml_trainers} set_contains 1.2.3 | trainer 1.2.3 is not laid there",
        "${meta.nomad_ml_trainer_folder} is_set | node metadata nomad_ml_trainer_folder is not set",
        "${attr.cpu.arch} = arm64 | constraint ${attr.cpu.arch} = arm64 does not hold",
        "computed class ineligible | its constraints, driver, volume or device are not there",
      })
  void putsNomadsWordsPlainly(String nomads, String ours) {
    AllocationMetric metric =
        new AllocationMetric().setNodesEvaluated(3).setConstraintFiltered(Map.of(nomads, 2));
    assertThat(PlacementReasons.of(metric)).containsExactly("2 of 3 nodes: " + ours);
  }

  @Test
  void countsNodesOfAKindWithTheFirstOfThem() {
    AllocationMetric metric =
        new AllocationMetric()
            .setNodesEvaluated(5)
            .setConstraintFiltered(Map.of("missing devices", 1, "computed class ineligible", 3))
            .setDimensionExhausted(Map.of("cpu", 1));
    assertThat(PlacementReasons.of(metric))
        .containsExactly("4 of 5 nodes: no such device", "1 of 5 nodes: cpu exhausted");
    assertThat(PlacementReasons.areNamed(metric)).isTrue();
  }
}
