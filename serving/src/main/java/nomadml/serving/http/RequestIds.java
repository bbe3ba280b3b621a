package nomadml.serving.http;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** Ids for requests that bring none: unlike those of every other server, and cheap. */
final class RequestIds {
  private final String server = UUID.randomUUID().toString().substring(0, 13) + "-";
  private final AtomicLong count = new AtomicLong();

  String next() {
    return server + Long.toHexString(count.incrementAndGet());
  }
}
