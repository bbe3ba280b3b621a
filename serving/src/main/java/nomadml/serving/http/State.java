package nomadml.serving.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import nomadml.serving.model.Identity;
import org.jspecify.annotations.Nullable;

/** What all event loops share. */
public final class State {
  private volatile @Nullable ActiveModel active;
  private volatile boolean ready;
  private volatile boolean draining;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicLong lastRequest = new AtomicLong(System.nanoTime());
  private final AtomicLong bodies = new AtomicLong();
  private final long mostBodies;

  /**
   * Nothing serves yet.
   *
   * @param mostBodies bytes of all bodies at a time
   */
  public State(long mostBodies) {
    this.mostBodies = mostBodies;
  }

  /** The model that answers; null while it loads. */
  @Nullable ActiveModel active() {
    return active;
  }

  /** Which model answers; the given one while it loads. */
  public Identity identity(Identity loading) {
    ActiveModel model = active;
    return model == null ? loading : model.identity();
  }

  /** The model for a request, held for it; null while none has loaded. */
  @Nullable ActiveModel hold() {
    ActiveModel model = active;
    while (model != null && !model.served().hold()) {
      model = active; // It was replaced just now.
    }
    return model;
  }

  /** From now on this one answers; the one before ends with its last request. */
  public void serve(ActiveModel next) {
    replace(next);
    ready = true;
  }

  /** Answers whoever asks, but is not ready yet. */
  public void rehearse(ActiveModel first) {
    replace(first);
  }

  /** Whether requests are to be counted: those before are our own. */
  boolean isRehearsal() {
    return !ready;
  }

  private void replace(ActiveModel next) {
    ActiveModel before = active;
    active = next;
    if (before != null) {
      before.served().release();
    }
  }

  public boolean isDraining() {
    return draining;
  }

  boolean isReady() {
    return ready && !draining;
  }

  /** No new connections are wanted any more. */
  public void drain() {
    draining = true;
  }

  /** Makes room for a body's bytes, or not: memory is bounded however many clients there are. */
  boolean reserve(int bytes) {
    if (bodies.addAndGet(bytes) <= mostBodies) {
      return true;
    }
    bodies.addAndGet(-bytes);
    return false;
  }

  void free(int bytes) {
    bodies.addAndGet(-bytes);
  }

  void begin() {
    inFlight.incrementAndGet();
    lastRequest.lazySet(System.nanoTime());
  }

  void end() {
    inFlight.decrementAndGet();
    lastRequest.lazySet(System.nanoTime());
  }

  public int inFlight() {
    return inFlight.get();
  }

  /** Since a request was last heard of. */
  public long idleNanoseconds() {
    return inFlight.get() > 0 ? 0 : System.nanoTime() - lastRequest.get();
  }
}
