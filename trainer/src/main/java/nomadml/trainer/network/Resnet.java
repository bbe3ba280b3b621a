package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/**
 * He et al. 2015 as torchvision has it: two 3×3 convolutions a block, or a bottleneck with the
 * stride in its 3×3 convolution. Small images get the 3×3 stem of the CIFAR variant.
 */
record Resnet(ModuleBuilder module, Train.Model model) {
  private static final int[] WIDTHS = {64, 128, 256, 512};

  String add(String input, DataSet data) {
    boolean bottleneck = model.type() == Train.Architecture.RESNET50;
    int[] depths =
        model.type() == Train.Architecture.RESNET18
            ? new int[] {2, 2, 2, 2}
            : new int[] {3, 4, 6, 3};
    String result = stem(input, data);
    int channels = WIDTHS[0];
    for (int stage = 0; stage < depths.length; stage++) {
      int outputs = bottleneck ? 4 * WIDTHS[stage] : WIDTHS[stage];
      for (int block = 0; block < depths[stage]; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String changed =
            bottleneck
                ? bottleneck(result, channels, WIDTHS[stage], stride)
                : block(result, channels, outputs, stride);
        result =
            module.reluInPlace(
                module.sumInPlace(changed, shortcut(result, channels, outputs, stride)));
        channels = outputs;
      }
    }
    String flat = module.flatten(module.globalAveragePool(result));
    return module.linear(module.dropout(flat, Dropout.of(model)), channels, data.outputs());
  }

  private String stem(String input, DataSet data) {
    int channels = data.shape().get(0);
    if (Stem.isSmall(model, data)) {
      return module.reluInPlace(normalised(input, channels, WIDTHS[0], 3, 1));
    }
    return module.maximumPool(
        module.reluInPlace(normalised(input, channels, WIDTHS[0], 7, 2)), 3, 2, 1);
  }

  private String block(String input, int inputs, int outputs, int stride) {
    String middle = module.reluInPlace(normalised(input, inputs, outputs, 3, stride));
    return normalised(middle, outputs, outputs, 3, 1);
  }

  private String bottleneck(String input, int inputs, int width, int stride) {
    String narrow = module.reluInPlace(normalised(input, inputs, width, 1, 1));
    String middle = module.reluInPlace(normalised(narrow, width, width, 3, stride));
    return normalised(middle, width, 4 * width, 1, 1);
  }

  private String shortcut(String input, int inputs, int outputs, int stride) {
    return inputs == outputs && stride == 1 ? input : normalised(input, inputs, outputs, 1, stride);
  }

  private String normalised(String input, int inputs, int outputs, int kernel, int stride) {
    return module.batchNormalisation(
        module.plainConvolution(input, inputs, outputs, kernel, stride, kernel / 2), outputs);
  }
}
