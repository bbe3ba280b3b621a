package nomadml.serving.batch;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The thread that asks slow networks, for all event loops: a batch uses all cores by itself, so
 * more threads would only take them from each other.
 */
public final class Workers implements AutoCloseable {
  private final Batching batching;
  private final Thread thread;
  private final Queue<Work> queue = new ArrayDeque<>();
  private final Map<Work, Loop> loops = new HashMap<>();
  private int rows;
  private boolean closed;

  public Workers(Batching batching) {
    this.batching = batching;
    this.thread = new Thread(this::run, "inference");
    thread.setDaemon(true);
    thread.start();
  }

  /** Queues rows; how they end is told on the loop. */
  synchronized void submit(Work work, Loop loop) {
    queue.add(work);
    loops.put(work, loop);
    rows += work.rows().rows();
    notifyAll();
  }

  private void run() {
    try {
      for (Batch batch = next(); batch != null; batch = next()) {
        batch.run(this::end);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized @Nullable Batch next() throws InterruptedException {
    while (queue.isEmpty() && !closed) {
      wait();
    }
    long delay = batching.delay().toNanos();
    long until = System.nanoTime() + delay;
    while (delay > 0 && rows < batching.mostRows() && !closed) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        break;
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    if (queue.isEmpty()) {
      return null;
    }
    Batch batch = Batch.take(queue, batching.mostRows());
    rows -= batch.rows();
    return batch;
  }

  private void end(Work work, Outcome outcome) {
    Loop loop;
    synchronized (this) {
      loop = Objects.requireNonNull(loops.remove(work));
    }
    loop.soon(() -> work.end(outcome));
  }

  /** Ends the thread once its queue is empty. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
