package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import nomadml.trainer.network.TorchScriptArchive;

/**
 * What PyTorch does for a step beside the network, in TorchScript: few calls from Java, and one
 * compilation, which the first step waits for.
 */
final class Kernels implements AutoCloseable {
  private static final String CLASS =
      "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n";

  private final NDManager manager;
  private final PtSymbolBlock module;
  private final Map<String, NDArray> names = new HashMap<>();

  /**
   * Compiles methods.
   *
   * @param methods whole methods of a class {@code __torch__.M}, as TorchScript's archives have
   *     them
   */
  Kernels(NDManager manager, String... methods) throws IOException {
    this.manager = manager;
    Path file = Files.createTempFile("nomad-ml-", ".pt");
    try {
      TorchScriptArchive.write(file, CLASS + String.join("", methods).indent(2), Map.of());
      this.module = TorchScript.load(manager, file);
    } finally {
      Files.delete(file);
    }
  }

  /** Calls a method of tensors. What it answers has gradients where PyTorch's grad mode is on. */
  NDList call(String method, NDArray... tensors) {
    NDList arguments = new NDList(tensors);
    arguments.add(names.computeIfAbsent(method, name -> method(manager, name)));
    return IValueUtils.forward(module, arguments, true);
  }

  /** Calls a method for what it does in place, or for gradients: its answer has none itself. */
  IValue callWithoutGradients(String method, IValue... arguments) {
    return IValueUtils.runMethod(module, method, arguments);
  }

  @Override
  public void close() {
    module.close();
  }

  /** DJL calls the method an argument of such a name asks for, and {@code forward} without one. */
  static NDArray method(NDManager manager, String name) {
    NDArray method = manager.zeros(new Shape());
    method.setName("module_method:" + name);
    return method;
  }
}
