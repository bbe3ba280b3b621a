package nomadml.serving.cli;

import java.util.concurrent.CountDownLatch;

/** SIGTERM: the JVM lives on until the last request is answered, and leaves with 0. */
final class StopSignal {
  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);

  void await() throws InterruptedException {
    requested.await();
  }

  void done() {
    done.countDown();
  }

  /** For the shutdown hook. */
  void requestAndWait() {
    boolean signalled = done.getCount() > 0;
    requested.countDown();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (signalled) {
      Runtime.getRuntime().halt(0); // A JVM that a signal ends says 143, which is no success.
    }
  }
}
