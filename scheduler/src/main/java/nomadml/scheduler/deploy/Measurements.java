package nomadml.scheduler.deploy;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was measured of servers: Prometheus. One that can't be reached is a {@link
 * nomadml.scheduler.SchedulerFailure} with exit code 5.
 */
public interface Measurements {
  /** For messages: {@code Prometheus at http://127.0.0.1:9090}. */
  String name();

  /** What the servers had counted at a moment. */
  Counters counters(Selection servers, Instant at);

  /**
   * Servers of one version.
   *
   * @param instances their addresses, {@code host:port}
   */
  record Selection(String service, String version, Set<String> instances) {}

  /**
   * A series of one server.
   *
   * @param label the status, or the bucket's bound
   */
  record Series(String instance, String label) {}

  /**
   * Counters as they are, by server: a series that is born with a value counts from nothing, which
   * {@code increase()} of Prometheus would not.
   *
   * @param scraped when the one that was asked longest ago was asked; empty when one never was
   */
  record Counters(
      Map<Series, Double> requests, Map<Series, Double> buckets, Optional<Instant> scraped) {

    /** What happened since; a server that started again counts from nothing. */
    Figures since(Counters before) {
      double all = 0;
      double errors = 0;
      for (Map.Entry<Series, Double> series : grown(requests, before.requests).entrySet()) {
        all += series.getValue();
        errors += series.getKey().label().startsWith("5") ? series.getValue() : 0;
      }
      TreeMap<Double, Double> sums = new TreeMap<>();
      grown(buckets, before.buckets)
          .forEach((series, count) -> sums.merge(bound(series.label()), count, Double::sum));
      return new Figures(all, errors, sums);
    }

    private static Map<Series, Double> grown(Map<Series, Double> now, Map<Series, Double> before) {
      Map<Series, Double> grown = new HashMap<>();
      now.forEach(
          (series, count) -> {
            double earlier = before.getOrDefault(series, 0.0);
            grown.put(series, count >= earlier ? count - earlier : count);
          });
      return grown;
    }

    private static double bound(String label) {
      return label.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(label);
    }
  }
}
