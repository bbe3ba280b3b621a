package nomadml.trainer.training;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import java.util.Locale;
import java.util.Map;
import nomadml.spec.Environment;
import nomadml.spec.FailureCause;
import nomadml.trainer.TrainingFailure;

/** The native engine: how it is started, and what its errors mean. */
public final class Pytorch {
  private Pytorch() {}

  /** Loads the engine. */
  static Engine start(int threads) {
    return LoadingEngine.begin(threads).await();
  }

  /** Unpacks the natives on first use, and links them. */
  static Engine engine() {
    try {
      return Engine.getEngine("PyTorch");
    } catch (EngineException | LinkageError e) {
      throw new TrainingFailure(
          FailureCause.INTERNAL,
          "PyTorch's native libraries can't be loaded: " + root(e).getMessage(),
          "DJL_CACHE_DIR must be a writable folder with 500 MB free: they are unpacked there; other libraries are"
              + " named by PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR");
    }
  }

  /** DJL says only that it failed; which library is missing is told by the loader below. */
  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** See {@link #threads(Map, int)}. */
  public static int threads() {
    return threads(System.getenv(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * What {@code OMP_NUM_THREADS} says; else the processors the allocation was given, by its
   * reserved cores or its share of the node's compute: more would take them from its neighbours.
   *
   * @param available processors this process may use
   */
  static int threads(Map<String, String> environment, int available) {
    int wanted = (int) number(environment, "OMP_NUM_THREADS");
    if (wanted > 0) {
      return wanted;
    }
    int reserved = cores(environment.getOrDefault("NOMAD_CPU_CORES", ""));
    if (reserved > 0) {
      return Math.min(available, reserved);
    }
    double node = number(environment, Environment.NODE_COMPUTE);
    double share =
        number(environment, "NOMAD_CPU_LIMIT") * number(environment, Environment.NODE_CORES);
    return node > 0 && share > 0
        ? (int) Math.max(1, Math.min(available, Math.round(share / node)))
        : available;
  }

  /** How many a list such as {@code 2-3,7} names. */
  private static int cores(String list) {
    int count = 0;
    for (String range : list.split(",", -1)) {
      if (range.matches("\\d{1,6}(-\\d{1,6})?")) {
        String[] ends = range.split("-", -1);
        count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
      }
    }
    return count;
  }

  /** Zero for what is not there or, like a variable Nomad did not know, no number. */
  private static double number(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "").strip();
    return value.matches("\\d{1,9}") ? Integer.parseInt(value) : 0;
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
