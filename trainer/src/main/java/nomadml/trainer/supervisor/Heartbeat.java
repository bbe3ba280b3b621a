package nomadml.trainer.supervisor;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks at the worker every second: is it alive, is its time over, what does it use. */
final class Heartbeat implements AutoCloseable {
  private static final int SAMPLE_EVERY = 10;

  private final Supplier<Optional<Worker>> worker;
  private final Machine machine;
  private final ProgressReport told;
  private final Runnable everySecond;
  private final Runnable everySample;
  private final CountDownLatch closed = new CountDownLatch(1);
  private int ticks;
  private @Nullable Duration processorTime;

  Heartbeat(
      Supplier<Optional<Worker>> worker,
      Machine machine,
      ProgressReport told,
      Runnable everySecond,
      Runnable everySample) {
    this.worker = worker;
    this.machine = machine;
    this.told = told;
    this.everySecond = everySecond;
    this.everySample = everySample;
  }

  void start() {
    Thread thread = new Thread(this::run, "heartbeat");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (!closed.await(1, TimeUnit.SECONDS)) {
        tick();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tick() {
    try {
      everySecond.run();
      Optional<Worker> running = worker.get();
      if (ticks++ % SAMPLE_EVERY == 0) {
        everySample.run();
        if (running.isPresent()) {
          told.sample(machine.sample(running.get().pid()));
        }
      }
      if (running.isPresent() && works(running.get())) {
        told.alive();
      }
    } catch (RuntimeException e) {
      // Monitoring never ends a training; the next tick is another try.
    }
  }

  /** A worker that hangs uses no processor time: its heartbeat stops. */
  private boolean works(Worker running) {
    Duration now = running.processorTime();
    boolean moved = !now.equals(processorTime);
    processorTime = now;
    return moved;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
