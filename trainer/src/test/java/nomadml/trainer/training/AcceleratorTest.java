package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.Test;

class AcceleratorTest {
  @Test
  void takesCudaWhenThereIsAGpuAndABuildForIt() {
    assertThat(Accelerator.choose(null, 2, true).name()).isEqualTo("cuda:0");
    assertThat(Accelerator.choose(Train.Device.CUDA, 1, true).name()).isEqualTo("cuda:0");
  }

  @Test
  void takesTheCpuOtherwiseAndSaysWhy() {
    assertThat(Accelerator.choose(null, 0, false).reason()).isEqualTo("no GPU is visible");
    assertThat(Accelerator.choose(null, 1, false).reason()).contains("built without CUDA");
    assertThat(Accelerator.choose(Train.Device.CPU, 1, true).name()).isEqualTo("cpu");
  }

  @Test
  void refusesToPretend() {
    assertThatThrownBy(() -> Accelerator.choose(Train.Device.CUDA, 0, false))
        .isInstanceOf(TrainingFailure.class)
        .hasMessage("train.device: cuda, but no GPU is visible");
  }
}
