package nomadml.trainer.training;

import java.util.Arrays;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;
import nomadml.trainer.extension.MetricProvider;

/** All outputs on held-out rows, as an extension's metric sees them. */
final class HeldOut {
  private final Statistics statistics;
  private final boolean classification;
  private final float[][] outputs;
  private final float[] targets;

  HeldOut(DataSet data, Statistics statistics, int[] rows) {
    this.statistics = statistics;
    this.classification = data.isClassification();
    this.outputs = new float[rows.length][];
    this.targets = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      targets[i] = data.targets()[rows[i]];
    }
  }

  /** Takes what the network put out for these of the rows. */
  void add(float[] values, int from, int to) {
    int width = values.length / (to - from);
    for (int row = from; row < to; row++) {
      float[] output = Arrays.copyOfRange(values, (row - from) * width, (row - from + 1) * width);
      if (classification) {
        toProbabilities(output);
      } else {
        output[0] = output[0] * statistics.targetDeviation() + statistics.targetMean();
      }
      outputs[row] = output;
    }
  }

  double measure(MetricProvider metric) {
    return Extensions.measure(
        metric,
        Arrays.stream(outputs).map(float[]::clone).toArray(float[][]::new),
        targets.clone());
  }

  private static void toProbabilities(float[] logits) {
    float largest = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.exp(logits[i] - largest);
      sum += logits[i];
    }
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (logits[i] / sum);
    }
  }
}
