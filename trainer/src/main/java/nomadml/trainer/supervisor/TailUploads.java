package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import nomadml.trainer.report.Report;
import nomadml.trainer.storage.CheckpointStorage;

/**
 * Takes what a command has told and MLflow has not to the storage, at intervals and on a thread of
 * its own: a command has no checkpoints in which it could travel. It is stored as a checkpoint
 * without a network, by the time it was made; one at most is kept, and none once MLflow has
 * everything.
 */
final class TailUploads implements AutoCloseable {
  private static final Duration LAST = Duration.ofSeconds(5);
  private static final String MANIFEST = "manifest.json";

  private final Path staging;
  private final RunStorage storage;
  private final Report report;
  private final CheckpointUploads.Luggage luggage;
  private final BooleanSupplier mayWrite;
  private final Duration interval;
  private final Clock clock;
  private final Consumer<String> warnings;
  private final Thread thread = new Thread(this::run, "spool-tail");

  /** What is deleted once it is not needed; touched by the thread only, once it is started. */
  private List<Long> stored = List.of();

  private boolean failing;
  private boolean closed;

  /**
   * Uploads that have not begun.
   *
   * @param interval between two; after one that took long, as long again
   */
  TailUploads(
      Path staging,
      RunStorage storage,
      Report report,
      CheckpointUploads.Luggage luggage,
      BooleanSupplier mayWrite,
      Duration interval,
      Clock clock,
      Consumer<String> warnings) {
    this.staging = staging;
    this.storage = storage;
    this.report = report;
    this.luggage = luggage;
    this.mayWrite = mayWrite;
    this.interval = interval;
    this.clock = clock;
    this.warnings = warnings;
    thread.setDaemon(true);
  }

  /**
   * Begins.
   *
   * @param adopted those of earlier attempts that this attempt's report has taken in
   */
  void start(List<Long> adopted) {
    stored = List.copyOf(adopted);
    thread.start();
  }

  /**
   * Stores what is left, or forgets what is not needed any more; a slow storage is not waited for.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join(LAST.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }

  private void run() {
    Duration pause = interval;
    try {
      for (boolean last = await(pause); ; last = await(pause)) {
        long begin = System.nanoTime();
        sweep();
        if (last) {
          return;
        }
        Duration taken = Duration.ofNanos(System.nanoTime() - begin);
        pause = taken.compareTo(interval) > 0 ? taken : interval;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it was closed meanwhile. */
  private synchronized boolean await(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toMillis();
        left > 0 && !closed;
        left = (end - System.nanoTime()) / 1_000_000) {
      wait(left);
    }
    return closed;
  }

  private void sweep() {
    boolean unsent = report.backlog() > 0;
    if (!mayWrite.getAsBoolean() || !(unsent || !stored.isEmpty())) {
      return;
    }
    try {
      Optional<CheckpointStorage> kept = storage.find();
      if (kept.isPresent()) {
        List<Long> old = stored;
        stored = unsent ? List.of(store(kept.get())) : List.of();
        for (long step : old) {
          kept.get().delete(step);
        }
      }
      failing = false;
    } catch (IOException | RuntimeException e) {
      if (!failing && !isClosed()) {
        failing = true;
        warnings.accept(
            "what MLflow does not have yet stays on this node until it can be stored: "
                + e.getMessage());
      }
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private long store(CheckpointStorage kept) throws IOException {
    long step = clock.millis();
    Checkpoints.delete(staging);
    Files.createDirectories(staging);
    luggage.packInto(staging);
    Files.writeString(staging.resolve(MANIFEST), "{\"files\":{}}");
    kept.put(step, staging);
    return step;
  }
}
