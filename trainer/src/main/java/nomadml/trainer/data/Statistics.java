package nomadml.trainer.data;

import java.util.Arrays;

/**
 * Mean and standard deviation of the training rows: of each column without its missing values (0
 * and 1 for categories), or of each channel of images; and of the target in regression (0 and 1 in
 * classification).
 */
@SuppressWarnings("ArrayRecordComponent") // Large and never compared.
public record Statistics(float[] mean, float[] deviation, float targetMean, float targetDeviation) {

  /** The statistics of the training rows only: validation rows must not leak into the model. */
  public static Statistics of(DataSet data) {
    int groups = data.shape().get(0);
    Moments[] moments = new Moments[groups];
    Arrays.setAll(moments, group -> new Moments());
    int groupWidth = data.width() / groups;
    for (int row : data.trainRows()) {
      for (int i = 0; i < data.width(); i++) {
        float value = data.value(row, i);
        if (!Float.isNaN(value)) {
          moments[i / groupWidth].add(value);
        }
      }
    }
    float[] mean = new float[groups];
    float[] deviation = new float[groups];
    for (int group = 0; group < groups; group++) {
      boolean category = !data.isImages() && data.columns().get(group).holdsCategories();
      mean[group] = category ? 0 : (float) moments[group].mean();
      deviation[group] = category ? 1 : (float) moments[group].deviation();
    }
    Moments target = new Moments();
    if (!data.isClassification()) {
      for (int row : data.trainRows()) {
        target.add(data.targets()[row]);
      }
    }
    return data.isClassification()
        ? new Statistics(mean, deviation, 0, 1)
        : new Statistics(mean, deviation, (float) target.mean(), (float) target.deviation());
  }

  /** Changes nothing: for a module that brings its own preprocessing. */
  public static Statistics none(DataSet data) {
    float[] ones = new float[data.shape().get(0)];
    Arrays.fill(ones, 1);
    return new Statistics(new float[ones.length], ones, 0, 1);
  }

  /** Welford's running mean and variance. */
  private static final class Moments {
    private long count;
    private double mean;
    private double squares;

    void add(double value) {
      count++;
      double delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
    }

    double mean() {
      return mean;
    }

    /** One for a constant column, which then becomes zero and not a division by zero. */
    double deviation() {
      double deviation = Math.sqrt(squares / Math.max(1, count));
      return deviation > 1e-12 * Math.max(1, Math.abs(mean)) ? deviation : 1;
    }
  }
}
