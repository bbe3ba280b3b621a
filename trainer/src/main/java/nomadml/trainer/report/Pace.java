package nomadml.trainer.report;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often things are sent.
 *
 * @param gather between two batches, so that they are worth a request
 * @param firstRetry after one failure; twice as long after each further one
 * @param lastRetry the longest
 * @param gauges between two pushes of new values
 * @param heartbeat between two pushes of the same values
 */
record Pace(
    Duration gather, Duration firstRetry, Duration lastRetry, Duration gauges, Duration heartbeat) {
  static final Pace USUAL =
      new Pace(
          Duration.ofMillis(500),
          Duration.ofMillis(250),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10));

  /** How long to wait after so many failures: random, so that many trainers do not come at once. */
  Duration backOff(int failures) {
    long most = Math.min(lastRetry.toMillis(), firstRetry.toMillis() << Math.min(failures - 1, 20));
    return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
  }
}
