package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.DataSet;

/** LeCun's network of 1998, with rectified units. */
record Lenet(ModuleBuilder module, Train.Model model) {
  String add(String input, DataSet data) {
    int height = (data.shape().get(1) / 2 - 4) / 2;
    int width = (data.shape().get(2) / 2 - 4) / 2;
    if (height < 1 || width < 1) {
      throw TrainingFailure.userError(
          "lenet needs images of 12×12 pixels or more, these have %d×%d"
              .formatted(data.shape().get(1), data.shape().get(2)),
          "use model mlp, or a larger train.data.image_size");
    }
    // A maximum is rectified as well after it was chosen, when there are fewer.
    String first = halved(module.convolution(input, data.shape().get(0), 6, 5, 2));
    String flat = module.flatten(halved(module.convolution(first, 6, 16, 5, 0)));
    String wide = module.reluInPlace(module.linear(flat, 16 * height * width, 120));
    String narrow =
        module.reluInPlace(module.linear(module.dropout(wide, Dropout.of(model)), 120, 84));
    return module.linear(narrow, 84, data.outputs());
  }

  private String halved(String input) {
    return module.reluInPlace(module.halvedByMaximum(input));
  }
}
