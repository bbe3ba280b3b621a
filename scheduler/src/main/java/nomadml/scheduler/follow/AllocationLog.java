package nomadml.scheduler.follow;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import org.jspecify.annotations.Nullable;

/** Reads all a task writes, from where it was when the connection is cut, until the task ended. */
final class AllocationLog implements Runnable {
  private static final int TRIES_AFTER_THE_END = 3;
  private final Cluster cluster;
  private final Allocation allocation;
  private final Cluster.Stream stream;
  private final Consumer<Signal> signals;
  private final LineSplitter lines;
  private final CountDownLatch taskEnded = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable InputStream open;
  private long offset;
  private boolean isDenied;

  AllocationLog(
      Cluster cluster, Allocation allocation, Cluster.Stream stream, Consumer<Signal> signals) {
    this.cluster = cluster;
    this.allocation = allocation;
    this.stream = stream;
    this.signals = signals;
    this.lines = new LineSplitter(text -> signals.accept(new Signal.Line(source(), text)));
  }

  private Signal.Source source() {
    return new Signal.Source(allocation.id(), stream);
  }

  /** The task has ended: what is there is read, then no more. */
  void taskEnded() {
    taskEnded.countDown();
  }

  /** Stops reading. */
  void close() {
    closed.countDown();
    taskEnded();
    InputStream input = open;
    if (input != null) {
      try {
        input.close();
      } catch (IOException e) {
        open = null; // It is not read any more, whatever closing says.
      }
    }
  }

  @Override
  public void run() {
    String problem = null;
    int triesAfterTheEnd = 0;
    while (closed.getCount() > 0) {
      boolean hasEnded = taskEnded.getCount() == 0;
      problem = read(!hasEnded);
      if (isDenied) {
        break;
      }
      if (hasEnded && (problem == null || ++triesAfterTheEnd >= TRIES_AFTER_THE_END)) {
        break;
      }
      if (!isPatient(hasEnded)) {
        break;
      }
    }
    lines.finish();
    boolean isGivenUp = closed.getCount() == 0;
    signals.accept(new Signal.LogEnded(source(), isGivenUp ? null : problem));
  }

  private @Nullable String read(boolean follow) {
    byte[] buffer = new byte[16 << 10];
    try (InputStream input = cluster.logs(allocation, stream, offset, follow)) {
      open = input;
      for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
        offset += count;
        lines.accept(buffer, count);
      }
      return null;
    } catch (DeniedFailure e) {
      isDenied = true;
      return e.getMessage() + "; " + e.hint();
    } catch (IOException | SchedulerFailure e) {
      return String.valueOf(e.getMessage());
    } finally {
      open = null;
    }
  }

  /** Waits before another try; false when it makes no sense. */
  private boolean isPatient(boolean hasEnded) {
    try {
      return hasEnded
          ? !closed.await(500, TimeUnit.MILLISECONDS)
          : taskEnded.await(1, TimeUnit.SECONDS) || closed.getCount() > 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
