package nomadml.trainer.training;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/** The device that trains, and why it does. */
record Accelerator(Device device, String reason) {

  /** What the engine sees. */
  static Accelerator choose(Train.@Nullable Device wanted, Engine engine) {
    return choose(wanted, engine.getGpuCount(), engine.hasCapability(StandardCapabilities.CUDA));
  }

  /** CUDA when there is a GPU and a build for it, else the CPU, unless the job file says which. */
  static Accelerator choose(Train.@Nullable Device wanted, int gpus, boolean builtForCuda) {
    if (wanted == Train.Device.CPU) {
      return new Accelerator(Device.cpu(), "train.device says so");
    }
    if (gpus > 0 && builtForCuda) {
      return new Accelerator(
          Device.gpu(),
          wanted == null
              ? "%d GPU visible, the first is used".formatted(gpus)
              : "train.device says so");
    }
    String missing =
        gpus == 0
            ? "no GPU is visible"
            : "%d GPU visible, but this PyTorch is built without CUDA".formatted(gpus);
    if (wanted == Train.Device.CUDA) {
      throw TrainingFailure.userError(
          "train.device: cuda, but " + missing,
          gpus == 0
              ? "request one (resources.gpu), or remove train.device to train on the CPU"
              : "use the CUDA variant of the trainer's image, or set PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR to a CUDA build");
    }
    return new Accelerator(Device.cpu(), missing);
  }

  /** {@code cpu}, or {@code cuda:0}. */
  String name() {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }
}
