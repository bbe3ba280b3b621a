package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
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
import java.util.Objects;
import nomadml.spec.Train;
import org.jspecify.annotations.Nullable;

/**
 * One step of an optimizer over all parameters, in one call of PyTorch. Unlike DJL's optimizers it
 * owns its moments, so that a checkpoint holds them.
 */
final class WeightUpdate {
  /** A parameter the loss does not depend on has an empty gradient. */
  private static final String GRADIENTS =
      """
      def gradients(self: __torch__.M,
          loss: Tensor,
          p: List[Tensor]) -> List[Tensor]:
        found = torch.autograd.grad([loss], p, None, None, False, True)
        g = annotate(List[Tensor], [])
        for i in range(torch.len(found)):
          one = found[i]
          if torch.__is__(one, None):
            _0 = torch.append(g, torch.zeros([0]))
          else:
            _1 = torch.append(g, unchecked_cast(Tensor, one))
        return g
      def add(self: __torch__.M,
          sums: List[Tensor],
          g: List[Tensor]) -> Tensor:
        torch._foreach_add_(sums, g, alpha=1)
        return sums[0]
      """;

  private static final String HEAD =
      """
      def %s(self: __torch__.M,
          p: List[Tensor],
          g: List[Tensor],
          first: List[Tensor],
          second: List[Tensor],
          steps: List[Tensor],
          scaling: List[Tensor],
          rate: float) -> Tensor:
      """;

  /**
   * The gradients of a scaled loss. Where one of them is not finite the step is left out and the
   * scale halved; after 2,000 steps that were not it is doubled, as PyTorch's GradScaler does.
   */
  private static final String SCALED =
      """
      def apply(self: __torch__.M,
          p: List[Tensor],
          g: List[Tensor],
          first: List[Tensor],
          second: List[Tensor],
          steps: List[Tensor],
          scaling: List[Tensor],
          rate: float) -> Tensor:
        scale = scaling[0]
        infinite = torch.zeros_like(scale)
        torch._amp_foreach_non_finite_check_and_unscale_(g, infinite, torch.reciprocal(scale))
        if bool(torch.eq(infinite, 0)):
          _0 = (self).update(p, g, first, second, steps, scaling, rate, )
        else:
          pass
        torch._amp_update_scale_(scale, scaling[1], infinite, 2., 0.5, 2000)
        return p[0]
      """;

  /** As GradScaler begins. */
  private static final float FIRST_SCALE = 65536;

  private static final int MOVING = 0;
  private static final int FIRST = 1;
  private static final int SECOND = 2;
  private static final int STEPS = 3;
  private static final int SCALING = 4;

  private final PtNDManager manager;
  private final Kernels kernels;
  private final Map<String, PtNDArray> parameters;
  private final Map<String, PtNDArray> first = new LinkedHashMap<>();
  private final Map<String, PtNDArray> second = new LinkedHashMap<>();
  private final Map<String, PtNDArray> steps = new LinkedHashMap<>();
  private final Map<String, PtNDArray> scaling = new LinkedHashMap<>();
  private IValue @Nullable [] tensors;
  private @Nullable IValue gradients;

  /**
   * An optimizer before its first step.
   *
   * @param kernels with {@link #kernels(Train)}
   */
  WeightUpdate(NDManager manager, Kernels kernels, Train job, Map<String, PtNDArray> parameters) {
    this.manager = (PtNDManager) manager;
    Train.Optimizer optimizer = job.optimizer();
    this.kernels = kernels;
    if (isScaled(job)) {
      scaling.put("factor", (PtNDArray) manager.create(FIRST_SCALE));
      scaling.put("steps", (PtNDArray) manager.zeros(new Shape(), DataType.INT32));
    }
    this.parameters = parameters;
    boolean adam = optimizer.type() == Train.Method.ADAM || optimizer.type() == Train.Method.ADAMW;
    parameters.forEach(
        (name, parameter) -> {
          if (adam || optimizer.momentum() != 0) {
            first.put(name, (PtNDArray) manager.zeros(parameter.getShape()));
          }
          if (optimizer.type() != Train.Method.SGD) {
            second.put(name, (PtNDArray) manager.zeros(parameter.getShape()));
          }
          if (adam) {
            steps.put(name, (PtNDArray) manager.zeros(new Shape()));
          }
        });
  }

  /** What each optimizer does is what PyTorch's optimizer of the same name does by default. */
  static String kernels(Train job) {
    Train.Optimizer optimizer = job.optimizer();
    boolean scaled = isScaled(job);
    double decay = optimizer.weightDecay();
    double momentum = optimizer.momentum();
    List<String> lines = new ArrayList<>();
    if (optimizer.clipNorm() > 0) {
      lines.add("norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g)))");
      lines.add(
          "torch._foreach_mul_(g, torch.clamp_max(torch.div(torch.reciprocal(torch.add(norm, 1e-06)), %s), 1.))"
              .formatted(1 / optimizer.clipNorm()));
    }
    switch (optimizer.type()) {
      case SGD ->
          lines.add(
              "torch._fused_sgd_(p, g, first, weight_decay=%s, momentum=%s, lr=rate, dampening=0., nesterov=False, maximize=False, is_first_step=False)"
                  .formatted(decay, momentum));
      case ADAM, ADAMW -> {
        lines.add("torch._foreach_add_(steps, 1.)");
        lines.add(
            "torch._fused_%s_(p, g, first, second, annotate(List[Tensor], []), steps, lr=rate, beta1=0.9, beta2=0.999, weight_decay=%s, eps=1e-08, amsgrad=False, maximize=False)"
                .formatted(optimizer.type().name().toLowerCase(Locale.ROOT), decay));
      }
      case RMSPROP -> {
        decay(lines, decay);
        lines.add("torch._foreach_mul_(second, 0.99)");
        lines.add("torch._foreach_addcmul_(second, g, g, 0.01)");
        lines.add("root = torch._foreach_sqrt(second)");
        lines.add("torch._foreach_add_(root, 1e-08)");
        if (momentum > 0) {
          lines.add("torch._foreach_mul_(first, %s)".formatted(momentum));
          lines.add("torch._foreach_addcdiv_(first, g, root, 1)");
          lines.add("torch._foreach_add_(p, first, alpha=torch.neg(rate))");
        } else {
          lines.add("torch._foreach_addcdiv_(p, g, root, torch.neg(rate))");
        }
      }
      case ADAGRAD -> {
        decay(lines, decay);
        lines.add("torch._foreach_addcmul_(second, g, g, 1)");
        lines.add("root = torch._foreach_sqrt(second)");
        lines.add("torch._foreach_add_(root, 1e-10)");
        lines.add("torch._foreach_addcdiv_(p, g, root, torch.neg(rate))");
      }
    }
    lines.add("return p[0]");
    return GRADIENTS
        + (scaled ? SCALED : "")
        + HEAD.formatted(scaled ? "update" : "apply")
        + String.join("\n", lines).indent(2);
  }

  private static boolean isScaled(Train job) {
    return job.precision() == Train.Precision.FLOAT16;
  }

  private static void decay(List<String> lines, double decay) {
    if (decay > 0) {
      lines.add("torch._foreach_add_(g, p, alpha=%s)".formatted(decay));
    }
  }

  /**
   * Adds the gradients of a loss to those of the step. They are not kept in the parameters: nothing
   * has to be cleared, and the first ones are not added to zeros.
   */
  void collect(NDArray loss) {
    IValue @Nullable [] bound = tensors;
    IValue found;
    NDArray scaled = scaling.isEmpty() ? loss : loss.mul(scaling.get("factor"));
    try (IValue value = IValue.from((PtNDArray) scaled)) {
      found =
          bound == null
              ? bind(value)
              : kernels.callWithoutGradients("gradients", value, bound[MOVING]);
    }
    if (gradients == null) {
      gradients = found;
      return;
    }
    try (found) {
      inPlace("add", gradients, found);
    }
  }

  /** Moves the parameters along the gradients collected since the last step. */
  void apply(double learningRate) {
    IValue[] bound = Objects.requireNonNull(tensors, "a step without a loss");
    try (IValue step = Objects.requireNonNull(gradients, "a step without a loss");
        IValue rate = IValue.from(learningRate)) {
      inPlace(
          "apply",
          bound[MOVING],
          step,
          bound[FIRST],
          bound[SECOND],
          bound[STEPS],
          bound[SCALING],
          rate);
    } finally {
      gradients = null;
    }
  }

  private void inPlace(String method, IValue... arguments) {
    JniUtils.setGradMode(false);
    try {
      kernels.callWithoutGradients(method, arguments).close();
    } finally {
      JniUtils.setGradMode(true);
    }
  }

  /** Finds which parameters a loss depends on, for all steps; answers its gradients. */
  private IValue bind(IValue loss) {
    List<String> names = new ArrayList<>();
    List<PtNDArray> moving = new ArrayList<>();
    List<PtNDArray> found = new ArrayList<>();
    try (IValue all = list(List.copyOf(parameters.values()));
        IValue answered = kernels.callWithoutGradients("gradients", loss, all)) {
      PtNDArray[] each = answered.toTensorArray(manager);
      int next = 0;
      for (Map.Entry<String, PtNDArray> parameter : parameters.entrySet()) {
        PtNDArray gradient = each[next++];
        if (gradient.getShape().equals(parameter.getValue().getShape())) {
          names.add(parameter.getKey());
          moving.add(parameter.getValue());
          found.add(gradient);
        }
      }
      IValue chosen = list(found);
      for (PtNDArray gradient : each) {
        gradient.close();
      }
      tensors =
          new IValue[] {
            list(moving),
            list(chosen(first, names)),
            list(chosen(second, names)),
            list(chosen(steps, names)),
            list(List.copyOf(scaling.values()))
          };
      return chosen;
    }
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
        replace("scaling.", scaling, stored);
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
    scaling.forEach((name, tensor) -> named.put("scaling." + name, tensor));
    return named;
  }
}
