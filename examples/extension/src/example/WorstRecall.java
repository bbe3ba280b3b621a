package example;

import nomadml.trainer.extension.MetricProvider;

/** The share of the class that is recognised least. */
public final class WorstRecall implements MetricProvider {
  @Override
  public String name() {
    return "worst_recall";
  }

  @Override
  public boolean higherIsBetter() {
    return true;
  }

  @Override
  public double measure(float[][] outputs, float[] targets) {
    int[] rows = new int[outputs[0].length];
    int[] found = new int[rows.length];
    for (int row = 0; row < targets.length; row++) {
      int target = (int) targets[row];
      rows[target]++;
      if (best(outputs[row]) == target) {
        found[target]++;
      }
    }
    double worst = 1;
    for (int label = 0; label < rows.length; label++) {
      if (rows[label] > 0) {
        worst = Math.min(worst, found[label] / (double) rows[label]);
      }
    }
    return worst;
  }

  private static int best(float[] outputs) {
    int best = 0;
    for (int i = 1; i < outputs.length; i++) {
      best = outputs[i] > outputs[best] ? i : best;
    }
    return best;
  }
}
