package nomadml.trainer.report;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pushes the newest snapshot on a thread of its own: soon when it is new, now and then anyway. */
final class GaugePusher implements AutoCloseable {
  private final Gauges gauges;
  private final Pace pace;
  private final Episode failing;
  private final Thread thread = new Thread(this::work, "gauges");

  /** Guards what follows. */
  private final Object state = new Object();

  private @Nullable Snapshot newest;
  private boolean fresh;
  private boolean allowed;
  private boolean closed;

  GaugePusher(Gauges gauges, Pace pace, Consumer<String> warnings) {
    this.gauges = gauges;
    this.pace = pace;
    failing = new Episode(warnings);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  void offer(Snapshot snapshot) {
    synchronized (state) {
      newest = snapshot;
      fresh = true;
      state.notifyAll();
    }
  }

  void allow(boolean writing) {
    synchronized (state) {
      allowed = writing;
      state.notifyAll();
    }
  }

  /** A push under way is not waited for. */
  @Override
  public void close() {
    synchronized (state) {
      closed = true;
      state.notifyAll();
    }
    thread.interrupt();
  }

  private void work() {
    @Nullable Snapshot pushed = null;
    long at = System.nanoTime() - pace.gauges().toNanos();
    try {
      for (Snapshot next = await(at); next != null; next = await(at)) {
        at = System.nanoTime();
        if (push(next, pushed)) {
          pushed = next;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean push(Snapshot next, @Nullable Snapshot before) {
    try {
      gauges.push(next);
      if (before != null && !before.runId().equals(next.runId())) {
        gauges.delete(before.runId());
      }
      failing.ends("gauges are pushed again");
      return true;
    } catch (IOException | RuntimeException e) {
      failing.begins("gauges can't be pushed: " + e.getMessage() + "; the training goes on");
      return false;
    }
  }

  /** The next snapshot to push, when it is time; null at the end. */
  private @Nullable Snapshot await(long last) throws InterruptedException {
    synchronized (state) {
      while (!closed) {
        long age = (System.nanoTime() - last) / 1_000_000;
        long left = (fresh ? pace.gauges() : pace.heartbeat()).toMillis() - age;
        if (newest == null || !allowed) {
          state.wait();
        } else if (left > 0) {
          state.wait(left);
        } else {
          fresh = false;
          return newest;
        }
      }
      return null;
    }
  }
}
