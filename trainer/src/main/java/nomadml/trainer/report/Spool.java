package nomadml.trainer.report;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a run has told and no server has yet, in order. Telling touches memory only; a thread writes
 * it to disk at once and syncs it within a second. While the disk can't be written, entries stay in
 * memory, where they are sent from too; when there are too many, new metrics are left out and
 * counted.
 */
final class Spool implements AutoCloseable {
  private final Path folder;
  private final Acknowledged position;
  private final Segments segments;
  private final MetricLog log;
  private final Limits limits;
  private final Consumer<String> warnings;
  private final Episode unwritable;
  private final Thread writer;

  /** Guards what is on disk; taken before the other one. */
  private final Object disk = new Object();

  /** Guards what follows; held for moments only. */
  private final Object memory = new Object();

  private final Deque<Line> unsaved = new ArrayDeque<>();
  private long last;
  private long acknowledged;
  private long kept;
  private long lost;
  private long unlogged;
  private boolean closed;

  /**
   * How much waits for the disk, and how long.
   *
   * @param entries in memory at most
   * @param sync between two syncs
   * @param retry after a write that failed
   */
  record Limits(int entries, Duration sync, Duration retry) {
    static final Limits USUAL = new Limits(10_000, Duration.ofSeconds(1), Duration.ofSeconds(1));
  }

  Spool(Path folder, MetricLog log, Limits limits, Consumer<String> warnings) throws IOException {
    this.folder = folder;
    this.log = log;
    this.limits = limits;
    this.warnings = warnings;
    unwritable = new Episode(warnings);
    segments = new Segments(folder, warnings);
    position = new Acknowledged(folder.resolve("acknowledged"));
    acknowledged = position.read();
    last = Math.max(segments.last(), acknowledged);
    kept = last;
    writer = new Thread(this::write, "spool");
    writer.setDaemon(true);
  }

  void start() {
    writer.start();
  }

  void append(Entry entry) {
    boolean first = false;
    synchronized (memory) {
      if (unsaved.size() >= limits.entries()) {
        int before = unsaved.size();
        unsaved.removeIf(line -> line.number() <= acknowledged);
        unlogged += before - unsaved.size();
      }
      if (unsaved.size() >= limits.entries() && entry.expendable()) {
        first = lost++ == 0;
      } else {
        unsaved.add(new Line(++last, entry));
        memory.notifyAll();
      }
    }
    if (first) {
      warnings.accept("metrics are lost from now on: neither disk nor memory has room for them");
    }
  }

  /** The number of the last entry. */
  long last() {
    synchronized (memory) {
      return last;
    }
  }

  long acknowledged() {
    synchronized (memory) {
      return acknowledged;
    }
  }

  /** How many entries are not acknowledged. */
  long backlog() {
    synchronized (memory) {
      return last - acknowledged;
    }
  }

  /** The entries behind the one of a number, up to so many; none when there are none. */
  List<Line> read(long after, int most) throws IOException {
    synchronized (disk) {
      List<Line> saved = segments.read(after, most);
      if (!saved.isEmpty()) {
        return saved;
      }
      synchronized (memory) {
        return unsaved.stream().filter(line -> line.number() > after).limit(most).toList();
      }
    }
  }

  /** A server has the entries up to this one. */
  void acknowledge(long number) {
    synchronized (memory) {
      acknowledged = Math.max(acknowledged, number);
      memory.notifyAll();
    }
    synchronized (disk) {
      try {
        segments.deleteUpTo(number); // First: a full disk gets room for the number.
        position.write(number);
      } catch (ClosedByInterruptException e) {
        return; // The sender is being ended; the same entries are sent again, to no effect.
      } catch (IOException e) {
        unwritable.begins(warning(e));
      }
    }
  }

  /** Waits until everything is acknowledged; false when the time is over first. */
  boolean awaitAcknowledged(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (memory) {
      while (acknowledged < last) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        memory.wait(left);
      }
      return true;
    }
  }

  /**
   * Waits until the disk has what no server has.
   *
   * @return how many entries neither of them has when the time is over
   */
  long awaitKept(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (memory) {
      long left = atMost.toMillis();
      while (unkept() > 0 && left > 0) {
        memory.wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
      return unkept();
    }
  }

  /** How many entries there was no room for, since the disk could last be written. */
  long dropped() {
    synchronized (memory) {
      return lost;
    }
  }

  private long unkept() {
    return Math.max(0, last - Math.max(kept, acknowledged));
  }

  /** Puts entries behind the others, on disk before it returns; the metric log is left as it is. */
  void adopt(List<Entry> entries) throws IOException {
    synchronized (disk) {
      synchronized (memory) {
        save();
        List<Line> lines = new ArrayList<>();
        for (Entry entry : entries) {
          lines.add(new Line(last + 1 + lines.size(), entry));
        }
        if (!lines.isEmpty()) {
          segments.append(lines);
          last += lines.size();
          kept = last;
        }
      }
    }
  }

  /** Writes points to the metric log alone. */
  void log(List<Entry.Metrics> points) throws IOException {
    synchronized (disk) {
      log.append(points);
    }
  }

  /**
   * Copies the metric log with every point so far, for a point can be sent before it is written; as
   * it is when it can't be written.
   */
  void copyLog(Path from, Path to) throws IOException {
    synchronized (disk) {
      try {
        save();
      } catch (IOException e) {
        unwritable.begins(warning(e));
      }
      if (Files.exists(from)) {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Writes and syncs what is in memory, and ends. */
  @Override
  public void close() {
    synchronized (memory) {
      closed = true;
      memory.notifyAll();
    }
    try {
      writer.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    long unsynced = Long.MAX_VALUE; // nanoseconds at the oldest write that is not synced
    boolean ending = false;
    while (!ending) {
      try {
        ending = awaitWork(unsynced);
        synchronized (disk) {
          unsynced = save() ? Math.min(unsynced, System.nanoTime()) : unsynced;
          if (unsynced != Long.MAX_VALUE && (ending || syncDue(unsynced) <= 0)) {
            sync();
            unsynced = Long.MAX_VALUE;
          }
        }
        recovered();
      } catch (IOException e) {
        unwritable.begins(warning(e));
        ending = ending || pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Milliseconds. */
  private long syncDue(long unsynced) {
    return (unsynced - System.nanoTime()) / 1_000_000 + limits.sync().toMillis();
  }

  /** Waits for entries, the next sync, or the end; true at the end. */
  private boolean awaitWork(long unsynced) throws InterruptedException {
    synchronized (memory) {
      while (!closed && unsaved.isEmpty()) {
        if (unsynced == Long.MAX_VALUE) {
          memory.wait();
          continue;
        }
        long due = syncDue(unsynced);
        if (due <= 0) {
          break;
        }
        memory.wait(due);
      }
      return closed;
    }
  }

  /** Whether anything was written. What is on disk leaves the memory. */
  private boolean save() throws IOException {
    List<Line> lines;
    synchronized (memory) {
      lines = new ArrayList<>(unsaved);
    }
    if (lines.isEmpty()) {
      return false;
    }
    long saved = segments.last();
    List<Line> fresh = lines.stream().filter(line -> line.number() > saved).toList();
    if (!fresh.isEmpty()) {
      segments.append(fresh);
    }
    synchronized (memory) {
      kept = segments.last();
      memory.notifyAll();
    }
    log.append(
        lines.stream()
            .map(Line::entry)
            .filter(Entry.Metrics.class::isInstance)
            .map(Entry.Metrics.class::cast)
            .toList());
    synchronized (memory) {
      long written = lines.get(lines.size() - 1).number();
      unsaved.removeIf(line -> line.number() <= written);
    }
    return true;
  }

  private void sync() throws IOException {
    segments.sync();
    log.sync();
  }

  private void recovered() {
    long missing;
    long skipped;
    synchronized (memory) {
      missing = lost;
      skipped = unlogged;
      lost = 0;
      unlogged = 0;
    }
    unwritable.ends(
        "the spool can be written again; "
            + (missing == 0 ? "nothing was lost" : missing + " reports of metrics were lost")
            + (skipped == 0
                ? ""
                : "; %d that were sent are not in metrics.csv".formatted(skipped)));
  }

  private boolean pause() {
    long end = System.nanoTime() + limits.retry().toNanos();
    synchronized (memory) {
      for (long left = limits.retry().toMillis();
          left > 0 && !closed;
          left = (end - System.nanoTime()) / 1_000_000) {
        try {
          memory.wait(left);
        } catch (InterruptedException e) {
          return true;
        }
      }
      return false;
    }
  }

  private String warning(IOException e) {
    return "the spool %s can't be written: %s; reports are kept in memory%n  hint: free space there"
        .formatted(folder, e.getMessage());
  }
}
