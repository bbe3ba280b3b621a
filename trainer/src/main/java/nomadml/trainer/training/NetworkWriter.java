package nomadml.trainer.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;

/**
 * Writes the untrained networks as TorchScript, with the standardisation of their inputs inside.
 */
final class NetworkWriter {
  private final DataSet data;
  private final Train.Model model;
  private final Statistics statistics;
  private final ModuleBuilder module;

  NetworkWriter(DataSet data, Train.Model model, Statistics statistics, long seed) {
    this.data = data;
    this.model = model;
    this.statistics = statistics;
    this.module = new ModuleBuilder(seed);
  }

  void write(Path file) throws IOException {
    String input = standardised();
    String result =
        switch (model.type()) {
          case MLP -> mlp(input);
          case LENET -> lenet(image(input));
          case RESNET18 -> resnet18(image(input));
          case TORCHSCRIPT -> throw new IllegalArgumentException("a user's module is not written");
        };
    module.write(
        file, result, data.isClassification() ? "torch.softmax(logits, 1)" : targetUnits());
  }

  private String standardised() {
    if (!data.isImages()) {
      return new TableInput(data, statistics).write(module);
    }
    float[] scale = statistics.deviation().clone();
    for (int i = 0; i < scale.length; i++) {
      scale[i] = 1 / scale[i];
    }
    int groups = scale.length;
    long[] shape = {groups, 1, 1};
    return module.standardise(
        "x",
        module.buffer("input_mean", statistics.mean(), shape),
        module.buffer("input_scale", scale, shape));
  }

  private String targetUnits() {
    return "torch.add(torch.mul(logits, %s), %s)"
        .formatted(
            module.buffer("target_deviation", new float[] {statistics.targetDeviation()}, 1),
            module.buffer("target_mean", new float[] {statistics.targetMean()}, 1));
  }

  private String mlp(String input) {
    String result = module.flatten(input);
    int width = data.inputs();
    for (int hidden : model.hidden()) {
      result = module.dropout(module.relu(module.linear(result, width, hidden)), model.dropout());
      width = hidden;
    }
    return module.linear(result, width, data.outputs());
  }

  /** LeCun's network of 1998, with rectified units. */
  private String lenet(String input) {
    int height = (data.shape().get(1) / 2 - 4) / 2;
    int width = (data.shape().get(2) / 2 - 4) / 2;
    if (height < 1 || width < 1) {
      throw TrainingFailure.userError(
          "lenet needs images of 12×12 pixels or more, these have %d×%d"
              .formatted(data.shape().get(1), data.shape().get(2)),
          "use model mlp, or a larger train.data.image_size");
    }
    String first = module.relu(module.convolution(input, data.shape().get(0), 6, 5, 2));
    String second = module.convolution(module.maximumPool(first, 2, 2, 0), 6, 16, 5, 0);
    String flat = module.flatten(module.maximumPool(module.relu(second), 2, 2, 0));
    String wide = module.relu(module.linear(flat, 16 * height * width, 120));
    String narrow = module.relu(module.linear(module.dropout(wide, model.dropout()), 120, 84));
    return module.linear(narrow, 84, data.outputs());
  }

  /** He et al. 2015; up to 64 pixels with the 3×3 stem of its CIFAR variant. */
  private String resnet18(String input) {
    int channels = data.shape().get(0);
    boolean small = Math.max(data.shape().get(1), data.shape().get(2)) <= 64;
    String result =
        small
            ? module.plainConvolution(input, channels, 64, 3, 1, 1)
            : module.plainConvolution(input, channels, 64, 7, 2, 3);
    result = module.relu(module.batchNormalisation(result, 64));
    if (!small) {
      result = module.maximumPool(result, 3, 2, 1);
    }
    int width = 64;
    for (int wider : new int[] {64, 128, 256, 512}) {
      result = residualBlock(result, width, wider, wider == width ? 1 : 2);
      result = residualBlock(result, wider, wider, 1);
      width = wider;
    }
    String flat = module.flatten(module.globalAveragePool(result));
    return module.linear(module.dropout(flat, model.dropout()), 512, data.outputs());
  }

  private String residualBlock(String input, int inputs, int outputs, int stride) {
    String first = module.plainConvolution(input, inputs, outputs, 3, stride, 1);
    String middle = module.relu(module.batchNormalisation(first, outputs));
    String second =
        module.batchNormalisation(
            module.plainConvolution(middle, outputs, outputs, 3, 1, 1), outputs);
    String shortcut =
        stride == 1
            ? input
            : module.batchNormalisation(
                module.plainConvolution(input, inputs, outputs, 1, stride, 0), outputs);
    return module.relu(module.sum(second, shortcut));
  }

  private String image(String input) {
    if (!data.isImages()) {
      throw TrainingFailure.userError(
          "model %s needs images, and csv data has columns"
              .formatted(model.type().name().toLowerCase(Locale.ROOT)),
          "use model mlp");
    }
    return input;
  }
}
