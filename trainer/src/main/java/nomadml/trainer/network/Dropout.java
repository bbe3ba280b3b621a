package nomadml.trainer.network;

import nomadml.spec.Train;

/** The part of the units that is left out while training. */
public final class Dropout {
  private Dropout() {}

  /** The job file's, or what the network was published with. */
  public static double of(Train.Model model) {
    Double given = model.dropout();
    if (given != null) {
      return given;
    }
    return switch (model.type()) {
      case MOBILENET_V2 -> 0.2;
      case LSTM, TRANSFORMER -> 0.1;
      case MLP, LENET, RESNET18, RESNET34, RESNET50, TORCHSCRIPT, CUSTOM -> 0;
    };
  }
}
