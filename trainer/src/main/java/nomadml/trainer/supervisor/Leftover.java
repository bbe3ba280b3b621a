package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import nomadml.spec.Json;

/**
 * The worker of a supervisor that was killed may still write its last checkpoint: the next one
 * waits for it, so that two never write into one folder.
 *
 * @param started milliseconds since 1970: a process id alone may have become another's
 */
record Leftover(long pid, long started) {
  private static final String FILE = "worker";

  /** Remembers a worker that was started. */
  static void remember(RunFolder folder, ProcessHandle worker) throws IOException {
    Leftover leftover = new Leftover(worker.pid(), started(worker));
    folder.write(FILE, Json.MAPPER.writeValueAsString(leftover));
  }

  static void forget(RunFolder folder) throws IOException {
    Files.deleteIfExists(folder.resolve(FILE));
  }

  /** Waits until an earlier supervisor's worker has left, then makes it. */
  static void end(RunFolder folder, Duration patience) throws IOException, InterruptedException {
    Optional<ProcessHandle> left = find(folder.resolve(FILE));
    if (left.isPresent()) {
      ProcessHandle worker = left.get();
      try {
        worker.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        kill(worker, patience);
      } catch (ExecutionException e) {
        throw new IOException("the worker before can't be waited for: " + e.getCause(), e);
      }
    }
    forget(folder);
  }

  private static void kill(ProcessHandle worker, Duration patience)
      throws IOException, InterruptedException {
    worker.destroyForcibly();
    try {
      worker.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException(
          "the worker before, process %d, can't be killed\nhint: it waits for a disk or a device; stop the job and drain the node"
              .formatted(worker.pid()),
          e);
    }
  }

  private static Optional<ProcessHandle> find(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Leftover leftover = Json.MAPPER.readValue(Files.readString(file), Leftover.class);
      return ProcessHandle.of(leftover.pid())
          .filter(process -> started(process) == leftover.started());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(-1L);
  }
}
