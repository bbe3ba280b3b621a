package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the spool to the tracker, in order, on a thread of its own. What fails is tried again until
 * it succeeds or is refused.
 */
final class Sender implements AutoCloseable {
  /** A server that hangs is not waited for. */
  private static final Duration LAST_CALL = Duration.ofSeconds(1);

  private static final int MOST_LINES = 1000;

  private final Spool spool;
  private final RunIdentity identity;
  private final Tracker tracker;
  private final Refusals refusals;
  private final Pace pace;
  private final Episode unreachable;
  private final Thread thread = new Thread(this::work, "report");

  /** Touched by the thread only. */
  private final Timeline timeline = new Timeline();

  private final Deque<Work> work = new ArrayDeque<>();
  private long read;
  private boolean seeded;
  private long sent;

  private volatile @Nullable RunAddress run;
  private volatile boolean connected;
  private volatile long earlier;

  /** Guards what follows. */
  private final Object state = new Object();

  private boolean allowed;
  private boolean hurried;
  private boolean closed;

  Sender(
      Spool spool,
      RunIdentity identity,
      Tracker tracker,
      Refusals refusals,
      Pace pace,
      Consumer<String> warnings) {
    this.spool = spool;
    this.identity = identity;
    this.tracker = tracker;
    this.refusals = refusals;
    this.pace = pace;
    unreachable = new Episode(warnings);
    earlier = spool.last();
    read = spool.acknowledged();
    sent = System.nanoTime() - pace.gather().toNanos();
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Entries up to this number are other attempts'. */
  void earlierUpTo(long number) {
    earlier = number;
  }

  Optional<RunAddress> run() {
    return Optional.ofNullable(run);
  }

  /** Whether the newest try to send something failed. */
  boolean isFailing() {
    return unreachable.isOpen();
  }

  void allow(boolean writing) {
    synchronized (state) {
      allowed = writing;
      state.notifyAll();
    }
  }

  /** There is something to send. */
  void wake() {
    synchronized (state) {
      state.notifyAll();
    }
  }

  /** While true, nothing is gathered; when it becomes true, what failed is tried again at once. */
  void hurry(boolean value) {
    synchronized (state) {
      hurried = value;
      state.notifyAll();
    }
  }

  @Override
  public void close() {
    synchronized (state) {
      closed = true;
      state.notifyAll();
    }
    thread.interrupt();
    try {
      thread.join(LAST_CALL.toMillis()); // What it has under way may still write to the spool.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    int failures = 0;
    try {
      while (awaitWork()) {
        try {
          RunAddress address = connect();
          sendNext(address);
          failures = 0;
          unreachable.ends("reports are sent again");
        } catch (IOException | RuntimeException e) {
          connected = false;
          unreachable.begins(
              "reports can't be sent and stay in the spool until they can: "
                  + (e.getMessage() == null ? e.toString() : e.getMessage()));
          pause(pace.backOff(++failures));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private RunAddress connect() throws IOException {
    RunAddress known = run;
    if (connected && known != null) {
      return known;
    }
    RunAddress address = tracker.ensureRun(identity);
    if (!seeded) {
      tracker.lastPoints(address).values().forEach(timeline::seen);
      seeded = true;
    }
    run = address;
    connected = true;
    return address;
  }

  private void sendNext(RunAddress address) throws IOException {
    if (work.isEmpty()) {
      long last = spool.last();
      List<Line> lines = spool.read(read, MOST_LINES);
      if (lines.isEmpty()) {
        skipTo(last);
        return;
      }
      work.addAll(Outbox.pack(lines, timeline, earlier));
      read = lines.get(lines.size() - 1).number();
    }
    Work next = work.element();
    if (!isAllowed()) {
      return;
    }
    try {
      send(next, address);
      work.remove();
    } catch (RefusedException e) {
      work.remove();
      List<Work> halves = next.halves();
      if (!halves.isEmpty()) {
        work.addFirst(halves.get(1));
        work.addFirst(halves.get(0));
        return;
      }
      refusals.add(next, e);
    }
    sent = System.nanoTime();
    if (next.done() > 0) {
      spool.acknowledge(next.done());
    }
  }

  /** What neither disk nor memory has any more, if anything, is not waited for. */
  private void skipTo(long last) {
    if (last > read) {
      read = last;
      spool.acknowledge(last);
    }
  }

  private void send(Work next, RunAddress address) throws IOException {
    if (next.batch() != null && !next.batch().isEmpty()) {
      tracker.log(address, next.batch());
    }
    if (next.entry() instanceof Entry.Artifact artifact) {
      Path source = Path.of(artifact.source());
      if (!Files.exists(source)) {
        throw new RefusedException(source + " is not there any more");
      }
      tracker.upload(address, artifact.path(), source);
    } else if (next.entry() instanceof Entry.Register register) {
      tracker.register(address, register.model(), register.path(), register.digest());
    } else if (next.entry() instanceof Entry.Used used) {
      tracker.use(address, used.dataset());
    } else if (next.entry() instanceof Entry.Status status) {
      tracker.setStatus(address, status.status(), status.timestamp());
    }
  }

  /** Waits for permission and for something to do; false at the end. */
  private boolean awaitWork() throws InterruptedException {
    synchronized (state) {
      while (!closed) {
        boolean ready = !connected || !work.isEmpty() || spool.last() > read;
        long gathering =
            hurried || !connected || !work.isEmpty()
                ? 0
                : pace.gather().toMillis() - (System.nanoTime() - sent) / 1_000_000;
        if (allowed && ready && gathering <= 0) {
          return true;
        }
        state.wait(allowed && ready ? gathering : 0);
      }
      return false;
    }
  }

  private void pause(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    synchronized (state) {
      boolean patient = !hurried;
      for (long left = time.toMillis();
          left > 0 && !closed && !(patient && hurried);
          left = (end - System.nanoTime()) / 1_000_000) {
        state.wait(left);
      }
    }
  }

  private boolean isAllowed() {
    synchronized (state) {
      return allowed;
    }
  }
}
