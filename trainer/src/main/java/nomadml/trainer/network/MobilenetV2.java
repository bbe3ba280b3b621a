package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/**
 * Sandler et al. 2018 as torchvision has it, at width 1: inverted residuals around depthwise
 * convolutions. For small images the stem and the second stage keep the size.
 */
record MobilenetV2(ModuleBuilder module, Train.Model model) {
  private static final int STEM = 32;
  private static final int LAST = 1280;

  /** Blocks of one width; the first has the stride. */
  private record Stage(int expansion, int channels, int blocks, int stride) {}

  private static final Stage[] STAGES = {
    new Stage(1, 16, 1, 1),
    new Stage(6, 24, 2, 2),
    new Stage(6, 32, 3, 2),
    new Stage(6, 64, 4, 2),
    new Stage(6, 96, 3, 1),
    new Stage(6, 160, 3, 2),
    new Stage(6, 320, 1, 1),
  };

  String add(String input, DataSet data) {
    boolean small = Stem.isSmall(model, data);
    String result = convolution(input, data.shape().get(0), STEM, 3, small ? 1 : 2, 1);
    int channels = STEM;
    for (int i = 0; i < STAGES.length; i++) {
      Stage stage = STAGES[i];
      for (int block = 0; block < stage.blocks(); block++) {
        int stride = block > 0 || (small && i == 1) ? 1 : stage.stride();
        result = invertedResidual(result, channels, stage, stride);
        channels = stage.channels();
      }
    }
    String wide = convolution(result, channels, LAST, 1, 1, 1);
    String flat = module.flatten(module.globalAveragePool(wide));
    return module.normalLinear(module.dropout(flat, Dropout.of(model)), 0.01, LAST, data.outputs());
  }

  private String invertedResidual(String input, int channels, Stage stage, int stride) {
    int width = channels * stage.expansion();
    String wide = width == channels ? input : convolution(input, channels, width, 1, 1, 1);
    String depthwise = convolution(wide, width, width, 3, stride, width);
    String narrow =
        module.batchNormalisation(
            module.plainConvolution(depthwise, width, stage.channels(), 1, 1, 0), stage.channels());
    return stride == 1 && channels == stage.channels() ? module.sum(input, narrow) : narrow;
  }

  private String convolution(
      String input, int inputs, int outputs, int kernel, int stride, int groups) {
    String convolved =
        module.groupedConvolution(input, inputs, outputs, kernel, stride, kernel / 2, groups);
    return module.relu6(module.batchNormalisation(convolved, outputs));
  }
}
