package nomadml.serving.inference;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import nomadml.serving.ServingFailure;
import nomadml.spec.ExitCode;

/** PyTorch, and the device it computes on. */
public record Accelerator(Engine engine, Device device) {
  private static final Path NVIDIA = Path.of("/dev/nvidiactl");

  /** Where a network is to compute. */
  public enum Choice {
    AUTO,
    CPU,
    CUDA
  }

  /** Loads PyTorch; nothing is downloaded. One thread computes a batch, until it is told other. */
  public static Accelerator start(Choice choice) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("ai.djl.pytorch.num_threads", "1");
    System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
    if (Files.notExists(NVIDIA)) {
      System.setProperty("jna.noclasspath", "true"); // DJL asks CUDA by JNA, which takes its time.
    }
    Engine engine;
    try {
      engine = Engine.getEngine("PyTorch");
    } catch (EngineException | LinkageError e) {
      throw new ServingFailure(
          ExitCode.INTERNAL_ERROR,
          "PyTorch's native libraries can't be loaded: " + root(e).getMessage(),
          "DJL_CACHE_DIR must be a writable folder with 500 MB free: they are unpacked there");
    }
    boolean cuda = engine.getGpuCount() > 0 && engine.hasCapability(StandardCapabilities.CUDA);
    if (choice == Choice.CUDA && !cuda) {
      throw ServingFailure.usage(
          engine.getGpuCount() == 0
              ? "--device cuda, but no GPU is visible"
              : "--device cuda, but this PyTorch is built without CUDA",
          "request a GPU and use the CUDA image, or leave --device out");
    }
    return new Accelerator(engine, cuda && choice != Choice.CPU ? Device.gpu() : Device.cpu());
  }

  /** How many threads compute one batch together, from now on. */
  public void threads(int count) {
    JniUtils.setNumThreads(count);
  }

  /** DJL says only that it failed; which library is missing is told by the loader below. */
  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
