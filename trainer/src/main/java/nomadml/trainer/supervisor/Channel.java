package nomadml.trainer.supervisor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One of the supervisor's output streams: a line of its own never begins in the middle of the
 * worker's. The log, which has both streams, gets whole lines.
 */
final class Channel {
  /** A longer line is cut in the log, where another stream's may come between. */
  private static final int LONGEST = 64 << 10;

  private final OutputStream stream;
  private final RunLog log;
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private boolean midLine;

  Channel(OutputStream stream, RunLog log) {
    this.stream = stream;
    this.log = log;
  }

  /** A piece of the worker's output, as it is. */
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
    write(bytes, 0, end);
    midLine = bytes[end - 1] != '\n';
    if (!midLine) {
      flushWaiting();
    }
    if (end < length) {
      write(bytes, end, length - end);
      midLine = true;
    }
  }

  /** A line of the supervisor's own, as soon as the worker's line is over. */
  synchronized void line(String line) {
    waiting.add((line + "\n").getBytes(StandardCharsets.UTF_8));
    if (!midLine) {
      flushWaiting();
    }
  }

  /** Nothing more comes from the worker. */
  synchronized void endLine() {
    if (midLine) {
      write(new byte[] {'\n'}, 0, 1);
      midLine = false;
    }
    flushWaiting();
  }

  /** The log is about to be read: it gets a line that has no end yet. */
  synchronized void flushLog() {
    byte[] bytes = begun.toByteArray();
    begun.reset();
    log.write(bytes, 0, bytes.length);
  }

  private void flushWaiting() {
    while (!waiting.isEmpty()) {
      byte[] line = waiting.remove();
      write(line, 0, line.length);
    }
  }

  private void write(byte[] bytes, int from, int length) {
    keep(bytes, from, length);
    try {
      stream.write(bytes, from, length);
      stream.flush();
    } catch (IOException e) {
      // Nobody reads any more; the log has it.
    }
  }

  private void keep(byte[] bytes, int from, int length) {
    int end = from + length;
    while (end > from && bytes[end - 1] != '\n') {
      end--;
    }
    if (end > from) {
      begun.write(bytes, from, end - from);
      flushLog();
    }
    begun.write(bytes, end, from + length - end);
    if (begun.size() > LONGEST) {
      flushLog();
    }
  }
}
