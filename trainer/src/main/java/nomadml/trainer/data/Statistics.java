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
    if (data.isText()) {
      return none(data);
    }
    int groups = data.shape().get(0);
    float[] mean = new float[groups];
    float[] deviation = new float[groups];
    if (data.isImages()) {
      ChannelSums sums = sums(data);
      for (int channel = 0; channel < groups; channel++) {
        mean[channel] = sums.mean(channel);
        deviation[channel] = sums.deviation(channel);
      }
    } else {
      Moments[] moments = moments(data);
      for (int column = 0; column < groups; column++) {
        boolean category = data.columns().get(column).holdsCategories();
        mean[column] = category ? 0 : (float) moments[column].mean();
        deviation[column] = category ? 1 : (float) moments[column].deviation();
      }
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

  private static ChannelSums sums(DataSet data) {
    if (data.features() instanceof ImageFiles files) {
      return files.sums();
    }
    ChannelSums sums = new ChannelSums(data.shape().get(0));
    byte[] pixels = ((DataSet.Pixels) data.features()).values();
    for (int row : data.trainRows()) {
      sums.add(pixels, row * data.width(), data.width());
    }
    return sums;
  }

  private static Moments[] moments(DataSet data) {
    Moments[] moments = new Moments[data.width()];
    Arrays.setAll(moments, column -> new Moments());
    for (int row : data.trainRows()) {
      for (int column = 0; column < moments.length; column++) {
        float value = data.value(row, column);
        if (!Float.isNaN(value)) {
          moments[column].add(value);
        }
      }
    }
    return moments;
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
