package nomadml.trainer.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import nomadml.trainer.checkpoint.Checkpoint;
import nomadml.trainer.checkpoint.CheckpointStore;
import nomadml.trainer.checkpoint.TrainingState;

/**
 * Makes checkpoints while the training goes on: it waits for the tensors to be in files, not for
 * the disk to have them. One is made at a time.
 */
final class CheckpointWriter implements AutoCloseable {
  private final CheckpointStore store;
  private final int keep;
  private final int epochs;
  private final Reporter reporter;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "checkpoint");
            thread.setDaemon(true);
            return thread;
          });
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  CheckpointWriter(CheckpointStore store, int keep, int epochs, Reporter reporter) {
    this.store = store;
    this.keep = keep;
    this.epochs = epochs;
    this.reporter = reporter;
  }

  /** Writes the tensors; the rest follows. Throws what became of the one before. */
  void write(TrainingState state, CheckpointStore.Contents contents) throws IOException {
    await();
    CheckpointStore.Unfinished unfinished = store.begin(state, contents);
    last = CompletableFuture.runAsync(() -> complete(unfinished), thread);
  }

  private void complete(CheckpointStore.Unfinished unfinished) {
    try {
      reporter
          .flush(); // What led to a checkpoint is told before it lasts: no resumed training tells
      // it.
      Checkpoint written = store.complete(unfinished);
      TrainingState state = unfinished.state();
      long bestStep = state.best() == null ? -1 : state.best().step();
      store.prune(keep, bestStep);
      reporter.checkpoint(
          state.epoch(),
          epochs,
          state.step(),
          Map.of("checkpoint", written.folder().toString(), "best_step", Long.toString(bestStep)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Until the last one is on the disk. */
  void await() throws IOException {
    try {
      last.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException failed) {
        throw failed.getCause();
      }
      throw e;
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
