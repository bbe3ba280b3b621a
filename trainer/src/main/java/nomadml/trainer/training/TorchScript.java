package nomadml.trainer.training;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import nomadml.trainer.network.TorchScriptArchive;

/** Loads TorchScript from files and from source. */
final class TorchScript {
  private TorchScript() {}

  /** Loads onto the manager's device; parameters stay trainable. */
  static PtSymbolBlock load(NDManager manager, Path file) {
    return JniUtils.loadModule(
        (PtNDManager) manager, file, true, new String[0], new String[0], true);
  }

  /** Compiles the methods of a class without tensors. */
  static PtSymbolBlock compile(NDManager manager, String methods) throws IOException {
    String source =
        "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
            + methods.indent(2);
    Path file = Files.createTempFile("nomad-ml-", ".pt");
    try {
      TorchScriptArchive.write(file, source, Map.of());
      return load(manager, file);
    } finally {
      Files.delete(file);
    }
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
