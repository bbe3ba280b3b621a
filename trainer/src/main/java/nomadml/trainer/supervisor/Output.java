package nomadml.trainer.supervisor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import org.jspecify.annotations.Nullable;

/**
 * The supervisor's two output streams, shared by the worker's words and its own. A progress line
 * never begins in the middle of somebody else's line. A reader that is gone is no reason to stop.
 */
public final class Output {
  private final OutputStream out;
  private final OutputStream error;
  private final RunLog log;
  private final Clock clock;
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private boolean midLine;

  /**
   * The streams, and the log in the run folder, which gets both.
   *
   * @throws IOException when the log's folder can't be made
   */
  public Output(OutputStream out, OutputStream error, RunFolder folder, Clock clock)
      throws IOException {
    this.out = out;
    this.error = error;
    int earlier = folder.verdict().isEmpty() ? folder.attempts().attempt() : 0;
    this.log = new RunLog(folder.resolve("log"), earlier);
    this.clock = clock;
  }

  /** Something the user should know; the training goes on. */
  public void warning(String message) {
    progress(line(Progress.Kind.WARNING, Map.of(), message));
  }

  /** A line of the supervisor's own. */
  Progress line(Progress.Kind kind, Map<String, String> facts, @Nullable String message) {
    return new Progress(kind, clock.millis(), null, null, null, null, facts, null, message, null);
  }

  /** The files this attempt has written so far, the newest first. */
  List<Path> logFiles() {
    return log.files();
  }

  /** The files of earlier attempts on this node, the oldest first. */
  List<Path> earlierLogs() {
    try {
      return log.earlier();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The log is complete: its files, the newest first. */
  List<Path> closeLog() {
    log.end();
    return log.files();
  }

  /** A piece of the worker's stdout, as it is. */
  synchronized void pass(byte[] bytes, int length) {
    if (length == 0) {
      return;
    }
    int end = length;
    while (!waiting.isEmpty() && end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    if (end == 0) {
      end = length;
    }
    write(out, bytes, 0, end);
    midLine = bytes[end - 1] != '\n';
    if (!midLine) {
      flushWaiting();
    }
    if (end < length) {
      write(out, bytes, end, length - end);
      midLine = true;
    }
  }

  /** A piece of the worker's stderr, as it is. */
  void passError(byte[] bytes, int length) {
    write(error, bytes, 0, length);
  }

  /** A progress line, as soon as the worker's line is over. */
  synchronized void progress(Progress progress) {
    waiting.add((ProgressLine.write(progress) + "\n").getBytes(StandardCharsets.UTF_8));
    if (!midLine) {
      flushWaiting();
    }
  }

  /** Nothing more comes from the worker. */
  synchronized void endLine() {
    if (midLine) {
      write(out, new byte[] {'\n'}, 0, 1);
      midLine = false;
    }
    flushWaiting();
  }

  private void flushWaiting() {
    while (!waiting.isEmpty()) {
      byte[] line = waiting.remove();
      write(out, line, 0, line.length);
    }
  }

  private void write(OutputStream stream, byte[] bytes, int from, int length) {
    log.write(bytes, from, length);
    try {
      stream.write(bytes, from, length);
      stream.flush();
    } catch (IOException e) {
      // Nobody reads any more; the log has it.
    }
  }
}
