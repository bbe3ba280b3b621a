package nomadml.trainer.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import nomadml.spec.Train;

/** What a classification's outputs on held-out rows say beside loss and accuracy. */
final class Scores {
  private static final int TOP = 5;

  private final int classes;
  private final boolean ranks;
  private final long[][] confusion;
  private final List<float[]> outputs = new ArrayList<>();
  private final List<int[]> targets = new ArrayList<>();
  private long rows;
  private long amongTop;

  /**
   * @param ranks outputs are kept, so that the area under the ROC curve can be told
   */
  Scores(int classes, boolean ranks) {
    this.classes = classes;
    this.ranks = ranks;
    this.confusion = new long[classes][classes];
  }

  /**
   * Takes a batch.
   *
   * @param logits row by row: [rows × classes]
   */
  void add(float[] logits, int[] batch) {
    for (int row = 0; row < batch.length; row++) {
      int from = row * classes;
      float own = logits[from + batch[row]];
      int best = 0;
      int above = 0;
      for (int i = 0; i < classes; i++) {
        best = logits[from + i] > logits[from + best] ? i : best;
        above += logits[from + i] > own ? 1 : 0;
      }
      confusion[batch[row]][best]++;
      amongTop += above < TOP ? 1 : 0;
    }
    rows += batch.length;
    if (ranks) {
      outputs.add(logits);
      targets.add(batch);
    }
  }

  /** Rows of each class (first index) by what was predicted for them (second index). */
  long[][] confusion() {
    return confusion;
  }

  Map<String, Double> metrics(String split, List<Train.Metric> wanted) {
    Map<String, Double> metrics = new TreeMap<>();
    if (wanted.contains(Train.Metric.TOP_5_ACCURACY)) {
      metrics.put(split + "_top_5_accuracy", amongTop / (double) rows);
    }
    if (wanted.contains(Train.Metric.F1)) {
      metrics.put(split + "_f1", f1());
    }
    if (wanted.contains(Train.Metric.AUC)) {
      metrics.put(split + "_auc", areaUnderCurve());
    }
    return metrics;
  }

  /**
   * Of the rows for which the class was predicted, the part that is of it; 0 when there is none.
   */
  double precision(int label) {
    return confusion[label][label] / (double) Math.max(1, predicted(label));
  }

  /** Of the rows of the class, the part for which it was predicted; 0 when there is none. */
  double recall(int label) {
    return confusion[label][label] / (double) Math.max(1, Arrays.stream(confusion[label]).sum());
  }

  double f1(int label) {
    long relevant = predicted(label) + Arrays.stream(confusion[label]).sum();
    return 2 * confusion[label][label] / (double) Math.max(1, relevant);
  }

  private long predicted(int label) {
    return Arrays.stream(confusion).mapToLong(row -> row[label]).sum();
  }

  /** The mean over the classes that occur or were predicted. */
  private double f1() {
    double sum = 0;
    int counted = 0;
    for (int label = 0; label < classes; label++) {
      if (predicted(label) + Arrays.stream(confusion[label]).sum() > 0) {
        sum += f1(label);
        counted++;
      }
    }
    return sum / Math.max(1, counted);
  }

  /** Fawcett 2006; for several classes the mean of each against the rest, of those that occur. */
  private double areaUnderCurve() {
    double sum = 0;
    int counted = 0;
    for (int label = classes == 2 ? 1 : 0; label < classes; label++) {
      long positive = Arrays.stream(confusion[label]).sum();
      if (positive > 0 && positive < rows) {
        sum += areaUnderCurve(label, positive);
        counted++;
      }
    }
    return counted == 0 ? Double.NaN : sum / counted;
  }

  /** By the rank sum of the positive rows, equal scores sharing their mean rank. */
  private double areaUnderCurve(int label, long positive) {
    double[] scores = new double[(int) rows];
    boolean[] isPositive = new boolean[(int) rows];
    int row = 0;
    for (int batch = 0; batch < outputs.size(); batch++) {
      for (int i = 0; i < targets.get(batch).length; i++, row++) {
        scores[row] = probability(outputs.get(batch), i * classes, label);
        isPositive[row] = targets.get(batch)[i] == label;
      }
    }
    Integer[] order = new Integer[scores.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(scores[a], scores[b]));
    double rankSum = 0;
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && scores[order[to]] == scores[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        rankSum += isPositive[order[i]] ? (from + 1 + to) / 2.0 : 0;
      }
      from = to;
    }
    return (rankSum - positive * (positive + 1) / 2.0) / (positive * (double) (rows - positive));
  }

  private double probability(float[] logits, int from, int label) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < classes; i++) {
      largest = Math.max(largest, logits[from + i]);
    }
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      sum += Math.exp(logits[from + i] - largest);
    }
    return Math.exp(logits[from + label] - largest) / sum;
  }
}
