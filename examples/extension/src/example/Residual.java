package example;

import nomadml.trainer.extension.ModelProvider;
import nomadml.trainer.extension.Options;
import nomadml.trainer.network.ModuleBuilder;

/** Convolutions that add to what they got, for small images. */
public final class Residual implements ModelProvider {
  @Override
  public String name() {
    return "residual";
  }

  @Override
  public String build(ModuleBuilder module, String input, Shape data, Options options) {
    if (data.kind() != Kind.PIXELS) {
      throw new IllegalArgumentException("residual needs images");
    }
    int channels = options.whole("channels", 16);
    int inputs = data.dimensions().get(0);
    String states = module.relu(module.convolution(input, inputs, channels, 3, 1));
    for (int block = 0; block < options.whole("blocks", 2); block++) {
      String first = module.relu(module.convolution(states, channels, channels, 3, 1));
      String second = module.convolution(first, channels, channels, 3, 1);
      states = module.relu(module.sum(states, second));
    }
    String halved = module.halvedByMaximum(states);
    int pixels = data.dimensions().get(1) / 2 * (data.dimensions().get(2) / 2);
    return module.linear(module.flatten(halved), channels * pixels, data.outputs());
  }
}
