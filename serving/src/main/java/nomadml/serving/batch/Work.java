package nomadml.serving.batch;

import java.util.function.Consumer;
import nomadml.serving.input.Tensor;

/** Rows of one request, on their way through a network. */
public final class Work {
  private final Served model;
  private final Tensor rows;
  private final long deadline;
  private final Consumer<Outcome> then;
  private volatile boolean ended; // Written on its loop, read by workers.

  /**
   * Rows for a model, which is held until they end.
   *
   * @param deadline in {@link System#nanoTime}
   * @param then is told once, on the request's loop
   */
  public Work(Served model, Tensor rows, long deadline, Consumer<Outcome> then) {
    this.model = model;
    this.rows = rows;
    this.deadline = deadline;
    this.then = then;
  }

  Served model() {
    return model;
  }

  Tensor rows() {
    return rows;
  }

  boolean isExpired(long now) {
    return now - deadline > 0;
  }

  boolean hasEnded() {
    return ended;
  }

  /** Ends it, unless it has ended. On its loop. */
  void end(Outcome outcome) {
    if (!ended) {
      ended = true;
      then.accept(outcome);
    }
  }

  /** Whether both may be answered at once. */
  boolean fits(Work other) {
    return model == other.model && rows.sameRows(other.rows);
  }
}
