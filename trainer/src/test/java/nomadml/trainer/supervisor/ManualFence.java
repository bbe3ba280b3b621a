package nomadml.trainer.supervisor;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A fence that does what a test says. */
final class ManualFence implements Fence {
  private final int number;
  private final boolean holds;
  private @Nullable Listener listener;
  private boolean closed;

  /**
   * Raises the attempt to a number at once.
   *
   * @param holds the lock at once, too
   */
  ManualFence(int number, boolean holds) {
    this.number = number;
    this.holds = holds;
  }

  @Override
  public void start(Claim claim, Listener listener) {
    this.listener = listener;
    listener.raised(number, Duration.ZERO);
    if (holds) {
      listener.held();
    }
  }

  Listener listener() {
    return Objects.requireNonNull(listener);
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void trained(Duration duration) {}

  @Override
  public void close() {
    closed = true;
  }
}
