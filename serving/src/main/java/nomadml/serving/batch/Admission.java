package nomadml.serving.batch;

import java.util.concurrent.atomic.AtomicInteger;

/** How many rows may wait or be answered at a time. */
public final class Admission {
  private final int limit;
  private final AtomicInteger rows = new AtomicInteger();

  public Admission(int limit) {
    this.limit = limit;
  }

  /** Lets rows in, or not. A request of more rows than the limit gets in while nobody else is. */
  public boolean enter(int count) {
    int before = rows.getAndUpdate(now -> fits(now, count) ? now + count : now);
    return fits(before, count);
  }

  private boolean fits(int now, int count) {
    return now == 0 || now + count <= limit;
  }

  public void leave(int count) {
    rows.addAndGet(-count);
  }

  public int rows() {
    return rows.get();
  }

  public int limit() {
    return limit;
  }
}
