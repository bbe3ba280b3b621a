package nomadml.trainer.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A running worker: its streams are read to their end, its signals reach all of its processes. */
final class Worker {
  private static final int BUFFER = 8192;
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final Process process;
  private final boolean group;
  private final List<Thread> readers;

  private Worker(Process process, boolean group, List<Thread> readers) {
    this.process = process;
    this.group = group;
    this.readers = readers;
  }

  /** Takes pieces of a stream. */
  @FunctionalInterface
  interface Sink {
    void take(byte[] bytes, int length);
  }

  static Worker start(WorkerCommand command, Sink out, Sink error) throws IOException {
    Process process = command.toProcess().start();
    return new Worker(
        process,
        command.hasGroup(),
        List.of(
            reader("stdout", process.getInputStream(), out),
            reader("stderr", process.getErrorStream(), error)));
  }

  long pid() {
    return process.pid();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Used so far, by its children too. */
  Duration processorTime() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(one -> one.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  CompletableFuture<Process> ended() {
    return process.onExit();
  }

  boolean awaitEnd(Duration patience) throws InterruptedException {
    return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Asks it to leave, and gives it time to. */
  void stop(Duration patience) throws InterruptedException {
    signal("TERM");
    if (!awaitEnd(patience)) {
      signal("KILL");
      process.waitFor();
    }
  }

  /**
   * After its end: its last words are read, and what it left running is ended.
   *
   * @param patience for what it left running and still prints
   * @return its exit code; 128 + n when signal n ended it
   */
  int finish(Duration patience) throws InterruptedException {
    int exitCode = process.waitFor();
    if (!awaitLastWords(SILENCE) && group) {
      signalGroup("TERM");
      awaitLastWords(patience);
    }
    try {
      process.getOutputStream().close(); // For its guard, which ends the rest.
    } catch (IOException e) {
      return exitCode; // Its pipe is gone with it.
    }
    return exitCode;
  }

  private boolean awaitLastWords(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (Thread reader : readers) {
      reader.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
    }
    return readers.stream().noneMatch(Thread::isAlive);
  }

  private void signal(String name) {
    if (group && signalGroup(name)) {
      return;
    }
    List<ProcessHandle> tree = process.descendants().toList();
    end(process.toHandle(), name);
    tree.forEach(child -> end(child, name));
  }

  private boolean signalGroup(String name) {
    try {
      Process kill =
          new ProcessBuilder(
                  "sh", "-c", "kill -s \"$1\" -- \"-$2\"", "sh", name, Long.toString(pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return kill.waitFor(10, TimeUnit.SECONDS) && kill.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void end(ProcessHandle process, String name) {
    if (name.equals("KILL")) {
      process.destroyForcibly();
    } else {
      process.destroy();
    }
  }

  private static Thread reader(String name, InputStream stream, Sink sink) {
    Thread thread =
        new Thread(
            () -> {
              byte[] buffer = new byte[BUFFER];
              try (stream) {
                for (int length = stream.read(buffer); length >= 0; length = stream.read(buffer)) {
                  sink.take(buffer, length);
                }
              } catch (IOException e) {
                // A killed process ends its streams in its own way.
              }
            },
            "worker-" + name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
