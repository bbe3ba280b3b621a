package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import java.util.HashMap;
import java.util.Map;
import nomadml.spec.FailureCause;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                                                            | 8",
        "OMP_NUM_THREADS=3,NOMAD_CPU_CORES=1                                         | 3",
        "NOMAD_CPU_CORES=2-3;7                                                       | 3",
        "NOMAD_CPU_LIMIT=6000,NOMAD_ML_NODE_COMPUTE=24000,NOMAD_ML_NODE_CORES=8      | 2",
        "NOMAD_CPU_LIMIT=500,NOMAD_ML_NODE_COMPUTE=24000,NOMAD_ML_NODE_CORES=8       | 1",
        "NOMAD_CPU_LIMIT=24000,NOMAD_ML_NODE_COMPUTE=24000,NOMAD_ML_NODE_CORES=16    | 8",
        "NOMAD_CPU_LIMIT=500,NOMAD_ML_NODE_COMPUTE=${attr.x},NOMAD_ML_NODE_CORES=8   | 8",
        "OMP_NUM_THREADS=many                                                        | 8",
      })
  void usesAsManyThreadsAsTheAllocationWasGivenProcessors(
      @Nullable String environment, int threads) {
    Map<String, String> variables = new HashMap<>();
    for (String variable : environment == null ? new String[0] : environment.split(",", -1)) {
      variables.put(variable.split("=", 2)[0], variable.split("=", 2)[1].replace(';', ','));
    }
    assertThat(Pytorch.threads(variables, 8)).isEqualTo(threads);
  }

  private static FailureCause cause(String message) {
    return Pytorch.failure(new EngineException(message)).failureCause();
  }
}
