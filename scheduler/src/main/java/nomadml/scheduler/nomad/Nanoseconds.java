package nomadml.scheduler.nomad;

import java.time.Instant;

/** Moments as Nomad writes them: nanoseconds since 1970. */
final class Nanoseconds {
  private Nanoseconds() {}

  static Instant instant(long nanoseconds) {
    return Instant.EPOCH.plusNanos(nanoseconds);
  }
}
