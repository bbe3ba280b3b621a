package nomadml.trainer.training;

import java.io.IOException;
import java.nio.file.Path;
import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;
import nomadml.trainer.network.ModuleBuilder;
import nomadml.trainer.network.Networks;

/**
 * Writes the untrained networks as TorchScript, with the standardisation of their inputs inside.
 */
final class NetworkWriter {
  private final DataSet data;
  private final Train.Model model;
  private final Statistics statistics;
  private final ModuleBuilder module;
  private final Extensions extensions;

  NetworkWriter(DataSet data, Train job, Statistics statistics, Extensions extensions) {
    this.extensions = extensions;
    this.data = data;
    this.model = job.model();
    this.statistics = statistics;
    this.module = new ModuleBuilder(job.seed(), job.precision());
  }

  void write(Path file) throws IOException {
    String input = module.endInput(data.isText() ? "x" : standardised());
    String result =
        model.type() == Train.Architecture.CUSTOM
            ? extensions.addModel(module, input, data, model)
            : Networks.add(module, input, data, model);
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
}
