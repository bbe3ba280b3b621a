package nomadml.trainer.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import nomadml.trainer.TrainingFailure;

/** The user's TorchScript loss of {@code train.loss_path}: a scalar of output and target. */
final class CustomLoss {
  private static final String FIELD = "train.loss_path: ";
  private static final String FORM =
      "write it in Python by torch.jit.script(loss).save(\"loss.pt\"), with forward(self, output, target) answering a mean over the rows";

  private final PtSymbolBlock script;
  private final boolean classification;

  /** Reads the file; what is no such loss is refused before the first step. */
  CustomLoss(NDManager manager, Path folder, String path, int outputs, boolean classification)
      throws IOException {
    this.classification = classification;
    this.script = load(manager, folder.resolve(path), path);
    requireGradient(manager, path, outputs);
  }

  private static PtSymbolBlock load(NDManager manager, Path file, String path) {
    if (!Files.isRegularFile(file)) {
      throw TrainingFailure.dataMissing(
          FIELD + "there is no file " + path, "name a .pt file, relative to the job file");
    }
    try {
      return TorchScript.load(manager, file);
    } catch (EngineException e) {
      throw TrainingFailure.userError(
          FIELD + path + " can't be read as TorchScript: " + TorchScript.firstLine(e), FORM);
    }
  }

  /** Tries it on two rows as a network would put them out. */
  private void requireGradient(NDManager manager, String path, int outputs) {
    JniUtils.setGradMode(true);
    try (NDManager scope = manager.newSubManager()) {
      PtNDArray output = (PtNDArray) scope.ones(new Shape(2, outputs)).div(outputs + 1);
      output.setRequiresGradient(true);
      NDArray target =
          scope.zeros(new Shape(2), classification ? DataType.INT64 : DataType.FLOAT32);
      PtNDArray loss = (PtNDArray) of(output, target);
      if (loss.getShape().dimension() != 0) {
        throw TrainingFailure.userError(
            FIELD + path + " answers a tensor of shape " + loss.getShape() + ", not a scalar",
            FORM);
      }
      requireGradient(loss, (PtNDArray) scope.ones(new Shape()), path);
    } catch (EngineException | ClassCastException | IllegalArgumentException e) {
      throw TrainingFailure.userError(
          "%s%s fails for output (2, %d) and target (2): %s"
              .formatted(FIELD, path, outputs, TorchScript.lastLine(e)),
          FORM);
    }
  }

  /** Only going backwards tells: PyTorch's bindings answer for parameters alone. */
  private static void requireGradient(PtNDArray loss, PtNDArray one, String path) {
    try {
      JniUtils.backward(loss, one, false, false);
    } catch (EngineException e) {
      throw TrainingFailure.userError(
          FIELD + path + " answers a number that has no gradient: " + TorchScript.firstLine(e),
          "compute it from output by operators that PyTorch can differentiate, without detach, argmax or no_grad");
    }
  }

  /** The batch's loss. */
  NDArray of(NDArray output, NDArray target) {
    // One number beside one number: rows × 1 less rows would be rows × rows.
    NDArray fitting = classification ? output : output.reshape(target.getShape());
    return IValueUtils.forward(script, new NDList(fitting, target), true).head();
  }
}
