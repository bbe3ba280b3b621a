package nomadml.serving.batch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;

/**
 * Requests of one event loop. A quick network answers on the loop itself: whatever was read in one
 * turn of it is one batch, and no request changes threads. A slow one answers on the workers, so
 * that the loop goes on reading.
 */
public final class Lane {
  /** How late a deadline may be noticed while the workers are busy. */
  private static final long LOOK_MILLISECONDS = 20;

  private final Loop loop;
  private final Batching batching;
  private final Workers workers;
  private final Queue<Work> waiting = new ArrayDeque<>();
  private final Deque<Work> away = new ArrayDeque<>();
  private int waitingRows;
  private boolean scheduled;
  private boolean looking;

  public Lane(Loop loop, Batching batching, Workers workers) {
    this.loop = loop;
    this.batching = batching;
    this.workers = workers;
  }

  /** Takes rows on. On the loop. */
  public void submit(Work work) {
    int rows = work.rows().rows();
    if (!work.model().isQuick() || rows > batching.mostRows()) {
      away.add(work);
      workers.submit(work, loop);
      look();
      return;
    }
    waiting.add(work);
    waitingRows += rows;
    if (batching.delay().isZero() || waitingRows >= batching.mostRows()) {
      schedule();
    } else if (waiting.size() == 1) {
      loop.after(Math.max(1, batching.delay().toMillis()), this::schedule);
    }
  }

  private void schedule() {
    if (!scheduled && !waiting.isEmpty()) {
      scheduled = true;
      loop.soon(this::turn);
    }
  }

  private void turn() {
    scheduled = false;
    if (waiting.isEmpty()) {
      return;
    }
    Batch batch = Batch.take(waiting, batching.mostRows());
    waitingRows -= batch.rows();
    batch.run(Work::end);
    schedule();
  }

  /** Ends what the workers do not get to in time. */
  private void look() {
    if (!looking && !away.isEmpty()) {
      looking = true;
      loop.after(LOOK_MILLISECONDS, this::expire);
    }
  }

  private void expire() {
    looking = false;
    long now = System.nanoTime();
    away.removeIf(Work::hasEnded);
    away.stream().filter(work -> work.isExpired(now)).toList().forEach(this::expired);
    away.removeIf(Work::hasEnded);
    look();
  }

  private void expired(Work work) {
    work.end(new Outcome.Expired());
  }
}
