package nomadml.trainer.training;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import nomadml.spec.Progress;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Tells the progress of one training, in order and on a thread of its own: a step does not wait for
 * its words to be written.
 */
public final class Reporter implements AutoCloseable {
  private static final int MOST_WAITING = 10_000;

  /** Gathered before they are told together: waking a thread costs more than its words. */
  private static final long GATHER = TimeUnit.MILLISECONDS.toNanos(50);

  private final Clock clock;
  private final Consumer<Progress> sink;
  private final Thread thread = new Thread(this::tell, "reporter");
  private final Lock lock = new ReentrantLock();
  private final Condition some = lock.newCondition();
  private final Condition hurry = lock.newCondition();
  private final Condition told = lock.newCondition();
  private List<Progress> waiting = new ArrayList<>();
  private long sent;
  private long done;
  private int hurried;
  private boolean closed;

  /**
   * A reporter that has begun.
   *
   * @param sink called by one thread
   */
  @SuppressWarnings("ThisEscapedInObjectConstruction")
  public Reporter(Clock clock, Consumer<Progress> sink) {
    this.clock = clock;
    this.sink = sink;
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until what was told so far is with the sink. */
  void flush() {
    lock.lock();
    try {
      long until = sent;
      hurried++;
      hurry.signal();
      while (done < until) {
        told.awaitUninterruptibly();
      }
      hurried--;
    } finally {
      lock.unlock();
    }
  }

  /** Tells the rest. */
  @Override
  public void close() {
    flush();
    lock.lock();
    try {
      closed = true;
      some.signal();
    } finally {
      lock.unlock();
    }
  }

  private void send(Progress progress) {
    lock.lock();
    try {
      while (waiting.size() >= MOST_WAITING) {
        told.awaitUninterruptibly();
      }
      if (waiting.isEmpty()) {
        some.signal();
      }
      waiting.add(progress);
      sent++;
    } finally {
      lock.unlock();
    }
  }

  private void tell() {
    for (List<Progress> next = gathered(); !next.isEmpty(); next = gathered()) {
      try {
        next.forEach(sink);
      } catch (RuntimeException e) {
        LoggerFactory.getLogger(Reporter.class).error("progress can't be told", e);
      }
      lock.lock();
      try {
        done += next.size();
        told.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Empty at the end. */
  private List<Progress> gathered() {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        some.awaitUninterruptibly();
      }
      long left = GATHER;
      while (hurried == 0 && left > 0 && waiting.size() < MOST_WAITING) {
        left = hurry.awaitNanos(left);
      }
      List<Progress> gathered = waiting;
      waiting = new ArrayList<>();
      return gathered;
    } catch (InterruptedException e) {
      return List.of(); // Nobody interrupts it.
    } finally {
      lock.unlock();
    }
  }

  void started(Map<String, String> facts, int epochs) {
    send(Progress.Kind.STARTED, null, epochs, null, null, facts);
  }

  void resumed(int epoch, int epochs, long step, Map<String, String> facts) {
    send(Progress.Kind.RESUMED, epoch, epochs, step, null, facts);
  }

  void step(int epoch, int epochs, long step, Map<String, Double> metrics) {
    send(Progress.Kind.STEP, epoch, epochs, step, metrics, null);
  }

  void epoch(int epoch, int epochs, long step, Map<String, Double> metrics) {
    send(Progress.Kind.EPOCH, epoch, epochs, step, metrics, null);
  }

  void checkpoint(int epoch, int epochs, long step, Map<String, String> facts) {
    send(Progress.Kind.CHECKPOINT, epoch, epochs, step, null, facts);
  }

  void finished(
      int epoch, int epochs, long step, Map<String, Double> metrics, Map<String, String> facts) {
    send(Progress.Kind.FINISHED, epoch, epochs, step, metrics, facts);
  }

  void warning(String message) {
    send(Progress.Kind.WARNING, message, null, null);
  }

  /** A signal, or the end of standard input, ended it. */
  public void stopped(String message) {
    send(Progress.Kind.STOPPED, message, null, null);
  }

  /** It ended without success. */
  public void failed(TrainingFailure failure) {
    send(Progress.Kind.FAILED, failure.getMessage(), failure.failureCause(), failure.hint());
  }

  private void send(
      Progress.Kind kind,
      @Nullable Integer epoch,
      @Nullable Integer epochs,
      @Nullable Long step,
      @Nullable Map<String, Double> metrics,
      @Nullable Map<String, String> facts) {
    send(new Progress(kind, clock.millis(), epoch, epochs, step, metrics, facts, null, null, null));
  }

  private void send(
      Progress.Kind kind,
      @Nullable String message,
      nomadml.spec.@Nullable FailureCause cause,
      @Nullable String hint) {
    send(new Progress(kind, clock.millis(), null, null, null, null, null, cause, message, hint));
  }
}
