package nomadml.scheduler.follow;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;

/** Tells how a job stands each time it changes, and goes on when the cluster doesn't answer. */
final class JobWatch implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What keeps a job waiting changes without a change of the job. */
  private static final Duration WHILE_WAITING = Duration.ofSeconds(2);

  /** Milliseconds between looks at what may change without being told. */
  private static final long UNCHANGED = 250;

  private final Cluster cluster;
  private final Job job;
  private final Consumer<Signal> signals;
  private final CountDownLatch closed = new CountDownLatch(1);

  JobWatch(Cluster cluster, Job job, Consumer<Signal> signals) {
    this.cluster = cluster;
    this.job = job;
    this.signals = signals;
  }

  void close() {
    closed.countDown();
  }

  @Override
  public void run() {
    long since = 0;
    long pause = 0;
    Duration patience = PATIENCE;
    while (!isClosedAfter(pause)) {
      try {
        long next = cluster.watch(job, since, patience);
        pause = next == since ? UNCHANGED : 0;
        since = next;
        Optional<Job> now = cluster.job(job.id());
        if (now.isEmpty()) {
          signals.accept(new Signal.Vanished());
          return;
        }
        View view = new View(now.get(), cluster.allocations(now.get()));
        signals.accept(new Signal.Viewed(view));
        patience = view.isPlaced() ? PATIENCE : WHILE_WAITING;
      } catch (SchedulerFailure e) {
        signals.accept(new Signal.Unanswered(e));
        since = 0;
        pause = Math.min(5_000, Math.max(250, pause * 2));
      }
    }
  }

  private boolean isClosedAfter(long milliseconds) {
    try {
      return closed.await(milliseconds, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
