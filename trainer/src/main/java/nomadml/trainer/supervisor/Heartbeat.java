package nomadml.trainer.supervisor;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
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
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "heartbeat");
            thread.setDaemon(true);
            return thread;
          });
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
    scheduler.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
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
    scheduler.shutdownNow();
  }
}
