package nomadml.scheduler.deploy;

import java.util.Map;
import java.util.NavigableMap;

/**
 * What a version's servers did in a while.
 *
 * @param requests answered, by whatever status
 * @param errors answers that are the server's fault: 5xx
 * @param buckets requests that took at most so many seconds
 */
record Figures(double requests, double errors, NavigableMap<Double, Double> buckets) {

  double of(String metric) {
    return switch (metric) {
      case Gate.REQUESTS -> requests;
      case Gate.ERROR_RATE -> requests == 0 ? Double.NaN : errors / requests;
      default -> quantile(Integer.parseInt(metric.substring(1)) / 100.0);
    };
  }

  /** As Prometheus estimates it: evenly spread inside a bucket. */
  private double quantile(double share) {
    double all = buckets.isEmpty() ? 0 : buckets.lastEntry().getValue();
    if (all == 0) {
      return Double.NaN;
    }
    double rank = share * all;
    double lower = 0;
    double below = 0;
    for (Map.Entry<Double, Double> bucket : buckets.entrySet()) {
      if (bucket.getValue() >= rank) {
        return bucket.getKey().isInfinite()
            ? lower
            : lower
                + (bucket.getKey() - lower)
                    * (rank - below)
                    / Math.max(bucket.getValue() - below, Double.MIN_NORMAL);
      }
      lower = bucket.getKey();
      below = bucket.getValue();
    }
    return lower;
  }
}
