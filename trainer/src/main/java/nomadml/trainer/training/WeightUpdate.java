package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import nomadml.spec.Train;
import org.jspecify.annotations.Nullable;

/**
 * SGD, Adam or AdamW over all parameters in one call of PyTorch's fused kernels. Unlike DJL's
 * optimizers it owns its moments, so that a checkpoint holds them.
 */
final class WeightUpdate {
  private static final String SOURCE =
      """
      def adam(self: __torch__.M,
          p: List[Tensor],
          g: List[Tensor],
          first: List[Tensor],
          second: List[Tensor],
          steps: List[Tensor],
          rate: float,
          momentum: float,
          decay: float) -> Tensor:
        torch._foreach_add_(steps, 1.)
        torch._fused_adam_(p, g, first, second, annotate(List[Tensor], []), steps, lr=rate, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-08, amsgrad=False, maximize=False)
        torch._foreach_zero_(g)
        return steps[0]
      def adamw(self: __torch__.M,
          p: List[Tensor],
          g: List[Tensor],
          first: List[Tensor],
          second: List[Tensor],
          steps: List[Tensor],
          rate: float,
          momentum: float,
          decay: float) -> Tensor:
        torch._foreach_add_(steps, 1.)
        torch._fused_adamw_(p, g, first, second, annotate(List[Tensor], []), steps, lr=rate, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-08, amsgrad=False, maximize=False)
        torch._foreach_zero_(g)
        return steps[0]
      def sgd(self: __torch__.M,
          p: List[Tensor],
          g: List[Tensor],
          first: List[Tensor],
          second: List[Tensor],
          steps: List[Tensor],
          rate: float,
          momentum: float,
          decay: float) -> Tensor:
        torch._fused_sgd_(p, g, first, weight_decay=decay, momentum=momentum, lr=rate, dampening=0., nesterov=False, maximize=False, is_first_step=False)
        torch._foreach_zero_(g)
        return p[0]
      """;

  private final Train.Optimizer optimizer;
  private final PtSymbolBlock kernels;
  private final Map<String, PtNDArray> parameters;
  private final Map<String, PtNDArray> first = new LinkedHashMap<>();
  private final Map<String, PtNDArray> second = new LinkedHashMap<>();
  private final Map<String, PtNDArray> steps = new LinkedHashMap<>();
  private IValue @Nullable [] tensors;

  WeightUpdate(NDManager manager, Train.Optimizer optimizer, Map<String, PtNDArray> parameters)
      throws IOException {
    this.optimizer = optimizer;
    this.kernels = TorchScript.compile(manager, SOURCE);
    this.parameters = parameters;
    parameters.forEach(
        (name, parameter) -> {
          if (optimizer.type() != Train.Method.SGD || optimizer.momentum() != 0) {
            first.put(name, (PtNDArray) manager.zeros(parameter.getShape()));
          }
          if (optimizer.type() != Train.Method.SGD) {
            second.put(name, (PtNDArray) manager.zeros(parameter.getShape()));
            steps.put(name, (PtNDArray) manager.zeros(new Shape()));
          }
        });
  }

  /** Moves the parameters along the gradients of the last backward pass and clears these. */
  void apply(double learningRate) {
    if (tensors == null) {
      tensors = bind();
    }
    try (IValue rate = IValue.from(learningRate);
        IValue momentum = IValue.from(optimizer.momentum());
        IValue decay = IValue.from(optimizer.weightDecay())) {
      IValueUtils.runMethod(
              kernels,
              optimizer.type().name().toLowerCase(Locale.ROOT),
              tensors[0],
              tensors[1],
              tensors[2],
              tensors[3],
              tensors[4],
              rate,
              momentum,
              decay)
          .close();
    }
  }

  /**
   * Gradients exist after the first backward pass and stay in place; what has none is not used by
   * the network.
   */
  private IValue[] bind() {
    List<PtNDArray> moving = new ArrayList<>();
    List<PtNDArray> gradients = new ArrayList<>();
    List<String> names = new ArrayList<>();
    parameters.forEach(
        (name, parameter) -> {
          @Nullable PtNDArray gradient = JniUtils.getGradient(parameter);
          if (gradient != null) {
            names.add(name);
            moving.add(parameter);
            gradients.add(gradient);
          }
        });
    return new IValue[] {
      list(moving),
      list(gradients),
      list(chosen(first, names)),
      list(chosen(second, names)),
      list(chosen(steps, names))
    };
  }

  private static List<PtNDArray> chosen(Map<String, PtNDArray> tensors, List<String> names) {
    return tensors.entrySet().stream()
        .filter(entry -> names.contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static IValue list(List<PtNDArray> tensors) {
    return IValue.listFrom(tensors.toArray(new PtNDArray[0]));
  }

  /** Writes the moments as safetensors. */
  void write(Path file) throws IOException {
    NDList all = new NDList();
    named()
        .forEach(
            (name, tensor) -> {
              tensor.setName(name);
              all.add(tensor);
            });
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      all.encode(out, NDList.Encoding.SAFETENSORS);
    }
  }

  /** Takes the moments a checkpoint holds; before the first step. */
  void read(NDManager manager, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      for (NDArray stored : NDList.decode(manager, in)) {
        replace("first.", first, stored);
        replace("second.", second, stored);
        replace("steps.", steps, stored);
      }
    }
  }

  private static void replace(String prefix, Map<String, PtNDArray> tensors, NDArray stored) {
    if (stored.getName().startsWith(prefix)) {
      @Nullable PtNDArray old =
          tensors.replace(stored.getName().substring(prefix.length()), (PtNDArray) stored);
      if (old != null) {
        old.close();
      }
    }
  }

  private Map<String, PtNDArray> named() {
    Map<String, PtNDArray> named = new LinkedHashMap<>();
    first.forEach((name, tensor) -> named.put("first." + name, tensor));
    second.forEach((name, tensor) -> named.put("second." + name, tensor));
    steps.forEach((name, tensor) -> named.put("steps." + name, tensor));
    return named;
  }
}
