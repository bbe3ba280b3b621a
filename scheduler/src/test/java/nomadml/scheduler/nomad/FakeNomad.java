package nomadml.scheduler.nomad;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/** A server that gives the answers a test says, by method and path, and remembers the requests. */
final class FakeNomad implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, Answer> answers = new LinkedHashMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /** What happens on a request. */
  interface Answer {
    void give(HttpExchange exchange) throws IOException;
  }

  FakeNomad() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    URI address = exchange.getRequestURI();
    requests.add(
        exchange.getRequestMethod()
            + " "
            + URLDecoder.decode(address.toString(), StandardCharsets.UTF_8));
    String key = exchange.getRequestMethod() + " " + address.getPath();
    answers.getOrDefault(key, status(404, "nothing is said about " + key)).give(exchange);
    exchange.close();
  }

  FakeNomad on(String methodAndPath, Answer answer) {
    answers.put(methodAndPath, answer);
    return this;
  }

  FakeNomad on(String methodAndPath, String json) {
    return on(methodAndPath, status(200, json));
  }

  static Answer status(int status, String body) {
    return exchange -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("X-Nomad-Index", "7");
      exchange.sendResponseHeaders(status, bytes.length);
      try (OutputStream to = exchange.getResponseBody()) {
        to.write(bytes);
      }
    };
  }

  List<String> requests() {
    return List.copyOf(requests);
  }

  NomadSettings settings() {
    return NomadSettings.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
  }

  NomadCluster cluster() {
    return NomadCluster.connect(settings());
  }

  NomadRest rest() {
    return Connection.open(settings()).rest();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
