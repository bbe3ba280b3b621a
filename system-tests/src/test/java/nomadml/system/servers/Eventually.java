package nomadml.system.servers;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** Waits for conditions; a server that does not answer yet is a condition not met yet. */
public final class Eventually {
  /** Generous: a slow machine is no failure. */
  public static final Duration DEADLINE = Duration.ofMinutes(2);

  private Eventually() {}

  public static void until(String what, Callable<Boolean> condition) {
    until(what, DEADLINE, condition);
  }

  public static void until(String what, Duration deadline, Callable<Boolean> condition) {
    wait(what, deadline).until(condition);
  }

  /** The first value that is enough. */
  public static <T> T get(String what, Callable<T> value, Predicate<? super T> enough) {
    return wait(what, DEADLINE).until(value, enough);
  }

  /** Waits until the assertions hold; the last one's message is the failure's. */
  public static void asserted(String what, ThrowingRunnable assertions) {
    wait(what, DEADLINE).untilAsserted(assertions);
  }

  private static org.awaitility.core.ConditionFactory wait(String what, Duration deadline) {
    return Awaitility.await(what)
        .atMost(deadline)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions();
  }
}
