package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/** How a network for images begins: for small ones (CIFAR) or for large ones (ImageNet). */
final class Stem {
  private static final int LARGEST_SMALL_IMAGE = 64;

  private Stem() {}

  /** Whether the first layers keep the image's size. */
  static boolean isSmall(Train.Model model, DataSet data) {
    return switch (model.stem()) {
      case CIFAR -> true;
      case IMAGENET -> false;
      case AUTO -> Math.max(data.shape().get(1), data.shape().get(2)) <= LARGEST_SMALL_IMAGE;
    };
  }
}
