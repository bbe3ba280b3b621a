package nomadml.scheduler.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** How long ago something was, in one unit. */
final class Age {
  private Age() {}

  static String of(Instant moment, Clock clock) {
    Duration age = Duration.between(moment, clock.instant());
    if (age.toDays() > 0) {
      return age.toDays() + "d ago";
    }
    if (age.toHours() > 0) {
      return age.toHours() + "h ago";
    }
    return age.toMinutes() > 0 ? age.toMinutes() + "m ago" : Math.max(0, age.toSeconds()) + "s ago";
  }
}
