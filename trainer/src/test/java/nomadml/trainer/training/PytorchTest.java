package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import nomadml.spec.FailureCause;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.Test;

class PytorchTest {
  @Test
  void tellsTheMemoriesApart() {
    assertThat(cause("CUDA out of memory. Tried to allocate 20.00 MiB."))
        .isEqualTo(FailureCause.GPU_OUT_OF_MEMORY);
    assertThat(
            cause(
                "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: 8 TB"))
        .isEqualTo(FailureCause.OUT_OF_MEMORY);
    assertThat(cause("mat1 and mat2 shapes cannot be multiplied")).isEqualTo(FailureCause.INTERNAL);
  }

  @Test
  void hintsAtTheBatchSizeWhenTheGpuIsFull() {
    TrainingFailure failure = Pytorch.failure(new EngineException("CUDA out of memory."));
    assertThat(failure.hint()).contains("train.batch_size");
  }

  private static FailureCause cause(String message) {
    return Pytorch.failure(new EngineException(message)).failureCause();
  }
}
