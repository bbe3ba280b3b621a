package nomadml.serving.batch;

import java.util.concurrent.atomic.AtomicInteger;

/** A network that serves, until it is replaced and the last request for it has ended. */
public final class Served {
  private final Network network;
  private final boolean quick;
  private final BatchMetrics metrics;

  /** One for serving, and one for each request; the network is closed at zero. */
  private final AtomicInteger holders = new AtomicInteger(1);

  /**
   * A network that is warm.
   *
   * @param quick whether a batch takes no longer than an event loop may be away
   */
  public Served(Network network, boolean quick, BatchMetrics metrics) {
    this.network = network;
    this.quick = quick;
    this.metrics = metrics;
  }

  public Network network() {
    return network;
  }

  public boolean isQuick() {
    return quick;
  }

  BatchMetrics metrics() {
    return metrics;
  }

  /** For a request, or a batch; false when it is gone: take the one that replaced it. */
  public boolean hold() {
    return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /** After the request, and when another serves. */
  public void release() {
    if (holders.decrementAndGet() == 0) {
      network.close();
    }
  }
}
