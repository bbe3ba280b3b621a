package nomadml.trainer.training;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Path;

/** Loads TorchScript, and reads what PyTorch says of it. */
final class TorchScript {
  private TorchScript() {}

  /** Loads onto the manager's device; parameters stay trainable. */
  static PtSymbolBlock load(NDManager manager, Path file) {
    return JniUtils.loadModule(
        (PtNDManager) manager, file, true, new String[0], new String[0], true);
  }

  /** What PyTorch says last is the reason; the lines before are where. */
  static String lastLine(Exception e) {
    return String.valueOf(e.getMessage())
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((before, line) -> line)
        .orElse("");
  }

  static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
