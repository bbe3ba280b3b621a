package nomadml.trainer.supervisor;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Where the end of an attempt is asked for and waited for; the first reason counts. */
final class Interruptions {
  private final CompletableFuture<Interruption.Reason> first = new CompletableFuture<>();

  void interrupt(Interruption.Reason reason) {
    first.complete(reason);
  }

  Optional<Interruption.Reason> reason() {
    return Optional.ofNullable(first.getNow(null));
  }

  /** Throws when there is a reason to end. */
  void check() throws Interruption {
    Interruption.@Nullable Reason reason = first.getNow(null);
    if (reason != null) {
      throw new Interruption(reason);
    }
  }

  /** Waits, unless there is a reason to end. */
  void pause(Duration time) throws Interruption, InterruptedException {
    awaitAny(new CompletableFuture<>(), time);
  }

  /** Waits for something; false when the time is over first. Throws when asked to end. */
  boolean awaitAny(CompletableFuture<?> something, Duration time)
      throws Interruption, InterruptedException {
    try {
      CompletableFuture.anyOf(something, first).get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause()); // Neither ends with an exception.
    }
    if (!something.isDone()) {
      check();
    }
    return true;
  }
}
