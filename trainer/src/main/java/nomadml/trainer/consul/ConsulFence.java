package nomadml.trainer.consul;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import nomadml.spec.Names;
import nomadml.trainer.supervisor.Fence;
import org.jspecify.annotations.Nullable;

/**
 * The attempt number in Consul's key store, raised by compare-and-swap, is the fence; the session
 * lock beside it only keeps a new attempt from writing while the old one may still be at it.
 */
public final class ConsulFence implements Fence {
  private static final Duration CHECK = Duration.ofSeconds(5);
  private static final Duration IMPATIENT = Duration.ofSeconds(1);
  private static final Duration CLOSING = Duration.ofSeconds(10);

  private final Map<String, String> environment;
  private final String submission;
  private final Path sessionFile;
  private final Consumer<String> warnings;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile long trainedSeconds;
  private @Nullable Thread thread;

  /**
   * A fence of one submission; nothing is asked yet.
   *
   * @param sessionFile remembers the session, so that a supervisor that was killed and started
   *     again does not wait for its own lock
   */
  public ConsulFence(
      Map<String, String> environment,
      String submission,
      Path sessionFile,
      Consumer<String> warnings) {
    this.environment = Map.copyOf(environment);
    this.submission = submission;
    this.sessionFile = sessionFile;
    this.warnings = warnings;
  }

  @Override
  public void start(Claim claim, Listener listener) {
    thread = new Thread(() -> run(claim, listener), "fence");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void trained(Duration duration) {
    trainedSeconds = duration.toSeconds();
  }

  @Override
  public void close() {
    closed.countDown();
    if (thread != null) {
      try {
        thread.join(CLOSING.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run(Claim claim, Listener listener) {
    Holding holding = new Holding(claim, listener);
    try {
      while (!closed.await(holding.pause().toMillis(), TimeUnit.MILLISECONDS)) {
        if (!holding.goOn()) {
          return;
        }
      }
      holding.end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the fence's thread knows. */
  private final class Holding {
    private final Claim claim;
    private final Listener listener;
    private @Nullable AttemptKey attempt;
    private @Nullable SessionLock lock;
    private boolean begun;
    private boolean held;
    private boolean unreachable;

    Holding(Claim claim, Listener listener) {
      this.claim = claim;
      this.listener = listener;
    }

    Duration pause() {
      return !begun ? Duration.ZERO : held ? CHECK : IMPATIENT;
    }

    /** One round; false when a later attempt has taken over. */
    boolean goOn() {
      begun = true;
      try {
        boolean current = round();
        if (unreachable) {
          unreachable = false;
          warnings.accept("Consul answers again");
        }
        return current;
      } catch (IOException | RuntimeException e) {
        if (!unreachable) {
          unreachable = true;
          warnings.accept(
              "reports wait on this node's disk until Consul answers: " + e.getMessage());
        }
        if (held && lock != null && lock.mayBeOver()) {
          held = false;
          listener.lost("Consul did not answer for as long as the lock lives");
        }
        return true;
      }
    }

    private boolean round() throws IOException {
      if (lock == null || attempt == null) {
        Agent agent = Agent.of(environment);
        String keys = Names.KV_PREFIX + submission;
        attempt = new AttemptKey(agent, keys + "/attempt");
        lock = new SessionLock(agent, keys + "/lock", sessionFile, "nomad-ml " + submission);
      }
      if (attempt.number() == 0) {
        AttemptRecord before = attempt.raise(claim);
        trainedSeconds = Math.max(trainedSeconds, before.trainedSeconds());
        listener.raised(attempt.number(), Duration.ofSeconds(before.trainedSeconds()));
      }
      int newest = attempt.keep(trainedSeconds);
      if (newest > attempt.number()) {
        held = false;
        lock.leave();
        listener.superseded(newest);
        return false;
      }
      if (lock.hold(claim.allocation()) != held) {
        held = !held;
        if (held) {
          listener.held();
        } else {
          listener.lost("its session in Consul is gone");
        }
      }
      return true;
    }

    void end() {
      if (unreachable || lock == null || attempt == null) {
        return; // The session ends by itself.
      }
      try {
        attempt.write(trainedSeconds);
        lock.leave();
      } catch (IOException e) {
        warnings.accept("the lock ends by itself in a while: " + e.getMessage());
      }
    }
  }
}
