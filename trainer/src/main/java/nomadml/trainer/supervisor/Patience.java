package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Does again what a server did not answer, until it does or the time is over. */
final class Patience {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Duration time;
  private final Interruptions interruptions;
  private final Consumer<String> warnings;

  Patience(Duration time, Interruptions interruptions, Consumer<String> warnings) {
    this.time = time;
    this.interruptions = interruptions;
    this.warnings = warnings;
  }

  /** What may fail for a while. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  /**
   * Runs a step until it succeeds.
   *
   * @param purpose completes "can't …"
   * @throws NoSuchFileException at once, for time changes nothing
   * @throws TimeoutException with the last reason when the time is over
   */
  void untilDone(String purpose, Step step)
      throws NoSuchFileException, TimeoutException, Interruption, InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    Duration pause = FIRST_PAUSE;
    boolean told = false;
    while (true) {
      interruptions.check();
      try {
        step.run();
        return;
      } catch (NoSuchFileException e) {
        throw e;
      } catch (IOException e) {
        if (System.nanoTime() + pause.toNanos() > deadline) {
          TimeoutException over = new TimeoutException(e.getMessage());
          over.initCause(e);
          throw over;
        }
        if (!told) {
          told = true;
          warnings.accept("can't %s yet, it is tried again: %s".formatted(purpose, e.getMessage()));
        }
      }
      interruptions.pause(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
    }
  }
}
