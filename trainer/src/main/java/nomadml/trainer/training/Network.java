package nomadml.trainer.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.network.ModuleBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript module on a device. Ours has a method for its input, which knows the data's
 * statistics and has nothing to train, and one for its layers; a user's has {@code forward}.
 */
final class Network implements AutoCloseable {
  private final PtSymbolBlock module;
  private final boolean own;
  private final NDArray input;
  private final NDArray layers;
  private final @Nullable NDArray mixed;
  private boolean training;
  private final Map<String, PtNDArray> parameters = new LinkedHashMap<>();

  private Network(PtSymbolBlock module, NDManager manager, boolean own) {
    this.module = module;
    this.own = own;
    this.input = Kernels.method(manager, "input");
    this.layers = Kernels.method(manager, "layers");
    this.mixed =
        own && List.of(JniUtils.getMethodNames(module)).contains(ModuleBuilder.MIXED)
            ? Kernels.method(manager, ModuleBuilder.MIXED)
            : null;
    module
        .getDirectParameters()
        .forEach(
            entry -> {
              PtNDArray parameter = (PtNDArray) entry.getValue().getArray();
              if (JniUtils.requiresGrad(parameter)) {
                parameters.put(entry.getKey(), parameter);
              }
            });
  }

  /** Reads a {@code .pt} onto the manager's device: one of ours, or one of a user. */
  static Network load(NDManager manager, Path file, boolean own) {
    return new Network(TorchScript.load(manager, file), manager, own);
  }

  /** Reads a user's module; a file that is none, or has nothing to train, is refused. */
  static Network loadOfUser(NDManager manager, Path file, String name) {
    Network network;
    try {
      network = load(manager, file, false);
    } catch (EngineException e) {
      throw TrainingFailure.userError(
          "train.model.path: %s can't be read as TorchScript: %s"
              .formatted(name, TorchScript.firstLine(e)),
          "write it in Python by torch.jit.script(model).save(\"model.pt\"); a state_dict or a pickled model is not enough");
    }
    if (network.parameters.isEmpty()) {
      throw TrainingFailure.userError(
          "train.model.path: %s has no parameter that can be trained".formatted(name),
          "save it before torch.jit.freeze, with requires_grad on what is to be tuned");
    }
    return network;
  }

  /** Features as the layers take them; a user's module has but one part. */
  NDArray input(NDArray features) {
    return own ? call(features, input) : features;
  }

  /** Reads what an extension built; lines that are no TorchScript are refused. */
  static Network loadOfExtension(NDManager manager, Path file, String name) {
    Network network;
    try {
      network = load(manager, file, true);
    } catch (EngineException e) {
      throw TrainingFailure.userError(
          "train.model.name: what %s builds is no TorchScript: %s"
              .formatted(name, TorchScript.firstLine(e)),
          "correct the lines that it adds to the ModuleBuilder");
    }
    if (network.parameters.isEmpty()) {
      throw TrainingFailure.userError(
          "train.model.name: what %s builds has no parameter".formatted(name),
          "add a layer, or a tensor by ModuleBuilder.parameter");
    }
    return network;
  }

  /** What the loss is computed from: one row for each row of the batch. */
  NDArray logits(Batches.Batch batch) {
    return batch.prepared() ? layers(batch.features()) : logits(batch.features());
  }

  NDArray logits(NDArray features) {
    return layers(input(features));
  }

  private NDArray layers(NDArray input) {
    return own
        ? call(input, training && mixed != null ? mixed : layers)
        : IValueUtils.forward(module, new NDList(input), true).head();
  }

  private NDArray call(NDArray argument, NDArray method) {
    return IValueUtils.forward(module, new NDList(argument, method), true).head();
  }

  /** Refuses a user's module whose output does not fit what is to be predicted. */
  void requireOutputs(String field, Batches.Batch twoRows, int outputs) {
    evaluationMode();
    String found;
    try {
      Shape shape = logits(twoRows).getShape();
      found = "puts out " + shape;
      boolean fits =
          (outputs == 1 && shape.size() == 2)
              || (shape.dimension() == 2 && shape.get(0) == 2 && shape.get(1) == outputs);
      if (fits) {
        return;
      }
    } catch (EngineException e) {
      found = "fails: " + TorchScript.lastLine(e);
    }
    throw TrainingFailure.userError(
        "%s: for two rows of shape %s the module %s, but (2, %d) is needed"
            .formatted(field, twoRows.features().getShape(), found, outputs),
        "give it one output for each class, or one for regression; it gets csv columns as they are and pixels as 0–1");
  }

  void trainingMode() {
    training = true;
    JniUtils.enableTrainingMode(module);
    JniUtils.setGradMode(true);
  }

  /** No gradients, no dropout, stored statistics, 32-bit floats. */
  void evaluationMode() {
    training = false;
    JniUtils.enableInferenceMode(module);
    JniUtils.setGradMode(false);
  }

  /** Trainable tensors by name. */
  Map<String, PtNDArray> parameters() {
    return parameters;
  }

  long parameterCount() {
    return parameters.values().stream().mapToLong(PtNDArray::size).sum();
  }

  /** Writes source, weights and buffers: a file Python's {@code torch.jit.load} reads. */
  void write(Path file) throws IOException {
    JniUtils.enableInferenceMode(module);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      JniUtils.writeModule(module, out, false);
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
