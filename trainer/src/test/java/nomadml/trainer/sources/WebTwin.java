package nomadml.trainer.sources;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import nomadml.spec.Location;
import nomadml.trainer.LoopbackServer;

/** A web server that has one file, {@code /data.csv}, and the faults a test wants. */
final class WebTwin implements AutoCloseable {
  private final LoopbackServer server = new LoopbackServer(this::handle);
  private final List<String> requests = new CopyOnWriteArrayList<>();

  /** What the file holds. */
  volatile byte[] content = new byte[0];

  /** Its ETag; empty for none. */
  volatile String tag = "\"1\"";

  /** So many bytes are sent, then the connection ends, once. */
  volatile int cutAfter = -1;

  /** The connection is silent instead of cut. */
  volatile boolean hangs;

  /** The answer instead of the file; 0 for the file. */
  volatile int status;

  /** Where {@code /moved} leads to. */
  volatile String movedTo = "/data.csv";

  Location.Web at(String path) {
    return new Location.Web(URI.create(address() + path));
  }

  String address() {
    return server.address().toString();
  }

  /** Path, range and password of each request. */
  List<String> requests() {
    return requests;
  }

  @Override
  public void close() {
    server.close();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    String condition = exchange.getRequestHeaders().getFirst("If-Range");
    String password = exchange.getRequestHeaders().getFirst("Authorization");
    requests.add("%s %s %s".formatted(exchange.getRequestURI().getPath(), range, password));
    if (exchange.getRequestURI().getPath().equals("/moved")) {
      exchange.getResponseHeaders().add("Location", movedTo);
      exchange.sendResponseHeaders(302, -1);
    } else if (status != 0) {
      exchange.sendResponseHeaders(status, -1);
    } else {
      send(exchange, range != null && tag.equals(condition) ? from(range) : 0);
    }
    exchange.close();
  }

  private static int from(String range) {
    return Integer.parseInt(range.replaceAll("\\D", ""));
  }

  private void send(HttpExchange exchange, int from) throws IOException {
    byte[] rest = Arrays.copyOfRange(content, from, content.length);
    if (!tag.isEmpty()) {
      exchange.getResponseHeaders().add("ETag", tag);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length == 0 ? -1 : rest.length);
    int cut = cutAfter;
    if (cut < 0) {
      exchange.getResponseBody().write(rest);
      return;
    }
    cutAfter = -1;
    exchange.getResponseBody().write(rest, 0, cut);
    exchange.getResponseBody().flush();
    if (hangs) {
      server.hang();
    }
  }
}
