package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nomadml.trainer.storage.CheckpointStorage;
import org.jspecify.annotations.Nullable;

/**
 * Takes checkpoints to the storage while the training goes on. Only the newest one waits, and half
 * of the time nothing is stored: a training of short epochs does not spend itself on them. What the
 * storage keeps is what the disk keeps.
 */
final class CheckpointUploads implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration SHORT_PAUSE = Duration.ofMillis(200);

  private final Path staging;
  private final RunStorage storage;
  private final Luggage luggage;
  private final BooleanSupplier mayWrite;
  private final int keep;
  private final Consumer<String> warnings;
  private final Thread thread = new Thread(this::run, "checkpoints");
  private @Nullable Offer next;
  private boolean busy;
  private boolean closed;
  private boolean failing;
  private boolean hurried;
  private long number;
  private volatile long storedBest = -1;

  CheckpointUploads(
      Path staging,
      RunStorage storage,
      Luggage luggage,
      BooleanSupplier mayWrite,
      int keep,
      Consumer<String> warnings) {
    this.staging = staging;
    this.storage = storage;
    this.luggage = luggage;
    this.mayWrite = mayWrite;
    this.keep = keep;
    this.warnings = warnings;
    thread.setDaemon(true);
    thread.start();
  }

  /** Adds what travels with a checkpoint. */
  @FunctionalInterface
  interface Luggage {
    void packInto(Path folder) throws IOException;
  }

  /**
   * A checkpoint on the disk. Its files are linked to, so that pruning does not take them away.
   *
   * @param bestStep of the checkpoint beside it that becomes the model; -1 when there is none
   */
  synchronized void offer(long step, Path checkpoint, long bestStep) {
    try {
      Offer offer = new Offer(step, stage(step, checkpoint), bestStep, null);
      Path best = checkpoint.resolveSibling(Long.toString(bestStep));
      if (bestStep != step && bestStep != storedBest && Files.isDirectory(best)) {
        offer = new Offer(step, offer.folder(), bestStep, stage(bestStep, best));
      }
      if (next != null) {
        discard(next);
      }
      next = offer;
      notifyAll();
    } catch (IOException e) {
      warnings.accept("checkpoint %d stays on this node: %s".formatted(step, e));
    }
  }

  private Path stage(long step, Path checkpoint) throws IOException {
    Path staged = staging.resolve(number++ + "-" + step);
    Files.createDirectories(staged);
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        link(file, staged.resolve(file.getFileName().toString()));
      }
    }
    return staged;
  }

  /** What can't be deleted takes room until the next attempt; it is no reason to stop. */
  private void discard(Offer offer) {
    try {
      Checkpoints.delete(offer.folder());
      if (offer.best() != null) {
        Checkpoints.delete(offer.best());
      }
    } catch (IOException e) {
      warnings.accept("a copy of a checkpoint stays in %s: %s".formatted(staging, e));
    }
  }

  /** Waits until the newest checkpoint is stored; false when it is not in time. */
  synchronized boolean drain(Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    hurried = true;
    notifyAll();
    while (next != null || busy) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
  }

  private void run() {
    try {
      while (true) {
        Offer offer = take();
        long begin = System.nanoTime();
        boolean stored = mayWrite.getAsBoolean() && store(offer);
        settle(offer, stored);
        pause(stored ? Duration.ofNanos(System.nanoTime() - begin) : PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was not stored waits on, unless a newer one does. */
  private synchronized void settle(Offer offer, boolean stored) {
    busy = false;
    if (!stored && next == null && !closed) {
      next = offer;
    } else {
      discard(offer);
    }
    notifyAll();
  }

  /** At the end of the attempt it only keeps a failing storage from being asked in a loop. */
  private synchronized void pause(Duration wanted) throws InterruptedException {
    long begin = System.nanoTime();
    long usual = Math.max(wanted.toMillis(), PAUSE.toMillis());
    long left = usual;
    while (left > 0) {
      wait(left);
      long passed = (System.nanoTime() - begin) / 1_000_000;
      left = (hurried ? SHORT_PAUSE.toMillis() : usual) - passed;
    }
  }

  private synchronized Offer take() throws InterruptedException {
    while (next == null) {
      wait();
    }
    Offer offer = next;
    next = null;
    busy = true;
    return offer;
  }

  private boolean store(Offer offer) {
    try {
      Optional<CheckpointStorage> kept = storage.find();
      if (kept.isEmpty()) {
        return true;
      }
      // First: whoever finds the newest finds the best that belongs to it.
      if (offer.best() != null) {
        kept.get().put(offer.bestStep(), offer.best());
      }
      luggage.packInto(offer.folder());
      kept.get().put(offer.step(), offer.folder());
      storedBest = offer.bestStep();
      prune(kept.get(), offer);
      if (failing) {
        failing = false;
        warnings.accept("checkpoints are stored away from this node again");
      }
      return true;
    } catch (IOException | RuntimeException e) {
      if (!failing && !isClosed()) {
        failing = true;
        warnings.accept(
            "checkpoints stay on this node until they can be stored: " + e.getMessage());
      }
      return false;
    }
  }

  /** Newer ones could not be gone on from, or not be reached: they count for nothing. */
  private void prune(CheckpointStorage kept, Offer offer) throws IOException {
    List<Long> steps = kept.steps().stream().filter(step -> step <= offer.step()).toList();
    for (long step : steps.subList(Math.min(keep, steps.size()), steps.size())) {
      if (step != offer.bestStep()) {
        kept.delete(step);
      }
    }
  }

  private static void link(Path file, Path target) throws IOException {
    try {
      Files.createLink(target, file);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(file, target); // There are file systems without hard links.
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /**
   * What is to be stored.
   *
   * @param best the best epoch's checkpoint; null when it is stored, or is this one
   */
  private record Offer(long step, Path folder, long bestStep, @Nullable Path best) {}
}
