package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import nomadml.scheduler.submit.Allocation;
import nomadml.spec.Json;

/**
 * A log that is followed. Nomad sends frames for ever, empty ones as heartbeats: this ends when the
 * allocation has ended and a further heartbeat brought nothing. A server that falls silent is an
 * {@link IOException} after some heartbeats.
 */
final class LogStream extends InputStream {
  private static final byte[] NOTHING = {};
  private static final long ASK_AGAIN = Duration.ofSeconds(2).toNanos();

  private final NomadRest rest;
  private final Allocation allocation;
  private final InputStream body;
  private final MappingIterator<JsonNode> frames;
  private final LongSupplier nanoTime;
  private byte[] data = NOTHING;
  private int position;
  private boolean ended;
  private long asked;

  LogStream(NomadRest rest, Allocation allocation, InputStream body, LongSupplier nanoTime)
      throws IOException {
    this.rest = rest;
    this.allocation = allocation;
    this.body = body;
    this.nanoTime = nanoTime;
    frames = Json.MAPPER.readerFor(JsonNode.class).readValues(body);
    asked = nanoTime.getAsLong();
  }

  @Override
  public int read() throws IOException {
    return fill() ? data[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, data.length - position);
    System.arraycopy(data, position, target, offset, count);
    position += count;
    return count;
  }

  @Override
  public int available() {
    return data.length - position;
  }

  private boolean fill() throws IOException {
    while (position == data.length) {
      if (!frames.hasNextValue()) {
        return false;
      }
      byte[] more = frames.nextValue().path("Data").binaryValue();
      data = more == null ? NOTHING : more;
      position = 0;
      if (data.length == 0 && isOver()) {
        return false;
      }
    }
    return true;
  }

  /** The allocation had ended before the heartbeat that just came. */
  private boolean isOver() throws IOException {
    if (ended) {
      return true;
    }
    if (nanoTime.getAsLong() - asked >= ASK_AGAIN) {
      asked = nanoTime.getAsLong();
      Map<String, String> parameters = Map.of("namespace", allocation.namespace());
      ended =
          AllocationReader.allocation(rest.get(parameters, "allocation", allocation.id()).body())
              .status()
              .isTerminal();
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
