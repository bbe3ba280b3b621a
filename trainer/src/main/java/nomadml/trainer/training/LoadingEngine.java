package nomadml.trainer.training;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import nomadml.trainer.TrainingFailure;

/** PyTorch's native libraries, which load while a start has other things to do. */
public final class LoadingEngine {
  private static final Path NVIDIA = Path.of("/dev/nvidiactl");

  private final CompletableFuture<Engine> engine;

  private LoadingEngine(CompletableFuture<Engine> engine) {
    this.engine = engine;
  }

  /** Begins to load; nothing is downloaded. */
  public static LoadingEngine begin() {
    return begin(Pytorch.threads());
  }

  static LoadingEngine begin(int threads) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
    if (Files.notExists(NVIDIA)) {
      System.setProperty(
          "jna.noclasspath", "true"); // DJL asks CUDA by JNA, in a tenth of a second.
    }
    return new LoadingEngine(CompletableFuture.supplyAsync(Pytorch::engine));
  }

  /** The engine, made ready for the calling thread. */
  Engine await() {
    try {
      Engine loaded = engine.join();
      // The profiling executor fuses operators after a few runs: a resumed training would differ in
      // the last bits.
      JniUtils.setGraphExecutorOptimize(false);
      return loaded;
    } catch (CompletionException e) {
      if (e.getCause() instanceof TrainingFailure failure) {
        throw failure;
      }
      throw e;
    }
  }
}
