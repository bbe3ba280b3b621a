package nomadml.serving.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.LoggerFactory;

/**
 * A line of JSON for each request. Lines are collected and written by a thread of their own, so
 * that a slow disk or reader slows no request; those it can't keep up with are dropped and counted.
 */
public final class AccessLog implements AutoCloseable {
  private static final int MOST_BYTES = 1 << 20;
  private static final long PAUSE_MILLISECONDS = 100;
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.").withZone(ZoneOffset.UTC);

  private final OutputStream out;
  private final Clock clock;
  private final Thread writer;
  private StringBuilder lines = new StringBuilder();
  private long dropped;
  private boolean closed;
  private long second = -1;
  private String secondText = "";

  /** Writes to a stream, which is closed at the end. */
  public AccessLog(OutputStream out, Clock clock) {
    this.out = out;
    this.clock = clock;
    this.writer = new Thread(this::write, "access-log");
    writer.setDaemon(true);
    writer.start();
  }

  /** What happened to a request. */
  record Line(
      String client,
      String method,
      String path,
      int status,
      int rows,
      long bytes,
      double seconds,
      String requestId,
      String model,
      String version) {}

  synchronized void add(Line line) {
    if (lines.length() > MOST_BYTES) {
      dropped++;
      return;
    }
    lines.append("{\"nomad_ml\":\"access\",\"time\":\"");
    time();
    lines.append("\",\"client\":\"").append(line.client);
    lines.append("\",\"method\":\"").append(line.method);
    lines.append("\",\"path\":\"");
    quoted(line.path);
    lines.append("\",\"status\":").append(line.status);
    lines.append(",\"rows\":").append(line.rows);
    lines.append(",\"bytes\":").append(line.bytes);
    lines.append(",\"microseconds\":").append(Math.round(line.seconds * 1e6));
    lines.append(",\"request_id\":\"").append(line.requestId);
    lines.append("\",\"model\":\"");
    quoted(line.model);
    lines.append("\",\"version\":\"").append(line.version).append("\"}\n");
  }

  private void time() {
    Instant now = clock.instant();
    if (now.getEpochSecond() != second) {
      second = now.getEpochSecond();
      secondText = SECOND.format(now);
    }
    int millisecond = now.getNano() / 1_000_000;
    lines.append(secondText);
    lines.append((char) ('0' + millisecond / 100));
    lines.append((char) ('0' + millisecond / 10 % 10));
    lines.append((char) ('0' + millisecond % 10)).append('Z');
  }

  /** Strangers write paths. */
  private void quoted(String text) {
    for (int i = 0; i < Math.min(text.length(), 256); i++) {
      char c = text.charAt(i);
      boolean plain = c >= ' ' && c < 127 && c != '"' && c != '\\';
      lines.append(plain ? c : '?');
    }
  }

  private void write() {
    try {
      while (true) {
        String batch = next();
        if (batch.isEmpty()) {
          out.flush();
          return;
        }
        out.write(batch.getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (IOException e) {
      LoggerFactory.getLogger(AccessLog.class)
          .error("the access log can't be written: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lines that came since; none at the end. */
  private synchronized String next() throws InterruptedException {
    while (lines.length() == 0 && !closed) {
      wait(PAUSE_MILLISECONDS);
    }
    long until = clock.millis() + PAUSE_MILLISECONDS; // A call to the disk for many lines.
    for (long left = PAUSE_MILLISECONDS; left > 0 && !closed; left = until - clock.millis()) {
      if (lines.length() > MOST_BYTES / 16) {
        break;
      }
      wait(left);
    }
    String batch = lines.toString();
    if (dropped > 0) {
      batch += "{\"nomad_ml\":\"access\",\"dropped\":" + dropped + "}\n";
      dropped = 0;
    }
    lines = new StringBuilder(batch.length());
    return batch;
  }

  /** Writes what there is. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      writer.join(2000);
      out.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LoggerFactory.getLogger(AccessLog.class)
          .warn("the access log can't be closed: {}", e.getMessage());
    }
  }
}
