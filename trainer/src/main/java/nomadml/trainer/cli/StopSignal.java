package nomadml.trainer.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Asks a training to stop: at SIGTERM, and when the supervisor at the other end of stdin is gone.
 */
final class StopSignal {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Duration patience;
  private volatile boolean requested;

  StopSignal(Duration patience) {
    this.patience = patience;
  }

  boolean isRequested() {
    return requested;
  }

  /** The training has left. */
  void done() {
    done.countDown();
  }

  /** For the shutdown hook: the JVM lives on until the checkpoint is written. */
  void requestAndWait() {
    requested = true;
    try {
      if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        LoggerFactory.getLogger(StopSignal.class)
            .warn("the step under way takes too long and is lost");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reads the stream to its end in the background. */
  void requestWhenEnded(InputStream stream) {
    Thread reader =
        new Thread(
            () -> {
              try {
                stream.transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                // A broken pipe is an end as well.
              }
              requested = true;
            },
            "stdin");
    reader.setDaemon(true);
    reader.start();
  }
}
