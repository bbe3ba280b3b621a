package nomadml.trainer.training;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Locale;
import nomadml.spec.FailureCause;
import nomadml.trainer.TrainingFailure;

/** The native engine: how it is started, and what its errors mean. */
final class Pytorch {
  private Pytorch() {}

  /** Loads the engine; nothing is downloaded. */
  static Engine start(int threads) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
    Engine engine = engine();
    // The profiling executor fuses operators after a few runs: a resumed training would differ in
    // the last bits.
    JniUtils.setGraphExecutorOptimize(false);
    return engine;
  }

  private static Engine engine() {
    try {
      return Engine.getEngine("PyTorch");
    } catch (EngineException | LinkageError e) {
      throw new TrainingFailure(
          FailureCause.INTERNAL,
          "PyTorch's native libraries can't be loaded: " + e.getMessage(),
          "DJL_CACHE_DIR must be a writable folder with 500 MB free: they are unpacked there; other libraries are"
              + " named by PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR");
    }
  }

  /** The processors this process may use; fewer when the environment says so. */
  static int threads() {
    String wanted = System.getenv("OMP_NUM_THREADS");
    int available = Runtime.getRuntime().availableProcessors();
    try {
      return wanted == null ? available : Math.max(1, Integer.parseInt(wanted.strip()));
    } catch (NumberFormatException e) {
      return available;
    }
  }

  /** An error of the engine as a failure with its cause. */
  static TrainingFailure failure(EngineException e) {
    String message = String.valueOf(e.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("cuda") && lower.contains("out of memory")) {
      return new TrainingFailure(
          FailureCause.GPU_OUT_OF_MEMORY,
          "the GPU's memory is full: " + TorchScript.firstLine(e),
          "lower train.batch_size, or ask for more by resources.gpu.memory");
    }
    if (lower.contains("can't allocate memory") || lower.contains("not enough memory")) {
      return new TrainingFailure(
          FailureCause.OUT_OF_MEMORY,
          "the memory is full: " + TorchScript.firstLine(e),
          "lower train.batch_size, or raise resources.memory");
    }
    return new TrainingFailure(
        FailureCause.INTERNAL,
        "PyTorch failed: " + message.strip(),
        "shapes that do not fit together are the usual reason with a model of your own");
  }
}
