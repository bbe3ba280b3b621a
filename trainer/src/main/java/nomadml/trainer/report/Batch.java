package nomadml.trainer.report;

import java.util.List;
import java.util.Map;

/** What is written to a run in one call. */
public record Batch(List<Point> points, Map<String, String> params, Map<String, String> tags) {
  /**
   * A value of a metric.
   *
   * @param timestamp milliseconds since 1970, when it was measured
   */
  public record Point(String key, double value, long timestamp, long step) {}

  /** Whether there is nothing to write. */
  public boolean isEmpty() {
    return points.isEmpty() && params.isEmpty() && tags.isEmpty();
  }
}
