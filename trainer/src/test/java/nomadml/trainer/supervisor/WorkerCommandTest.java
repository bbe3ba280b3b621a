package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerCommandTest {
  @Test
  void showsTheWorkerOnlyTheDevicesNomadGave() {
    String given = "GPU-0f3c9a52-1111-2222-3333-444444444444,GPU-0f3c9a52-1111-2222-3333-5";
    assertThat(restricted(Map.of("NVIDIA_VISIBLE_DEVICES", given)))
        .containsEntry("CUDA_VISIBLE_DEVICES", given);
  }

  @Test
  void leavesWhatAUserChose() {
    assertThat(restricted(Map.of("NVIDIA_VISIBLE_DEVICES", "GPU-a", "CUDA_VISIBLE_DEVICES", "1")))
        .containsEntry("CUDA_VISIBLE_DEVICES", "1");
  }

  @Test
  void takesNoWordAndNoIndexForADevice() {
    for (String word : new String[] {"all", "void", "none", "", "0"}) {
      assertThat(restricted(Map.of("NVIDIA_VISIBLE_DEVICES", word)))
          .doesNotContainKey("CUDA_VISIBLE_DEVICES");
    }
  }

  private static Map<String, String> restricted(Map<String, String> environment) {
    Map<String, String> changed = new HashMap<>(environment);
    WorkerCommand.restrictDevices(changed);
    return changed;
  }
}
