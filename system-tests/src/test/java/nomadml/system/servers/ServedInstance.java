package nomadml.system.servers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Something registered in Consul as a served model, that answers with what it was asked: the
 * address, and the headers the gateway is to pass on.
 */
public final class ServedInstance implements AutoCloseable {
  static {
    // Else each answer on a connection that is kept waits 40 ms for the client's acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final Consul consul;
  private final String id;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile int status = 200;
  private volatile int health = 200;

  private ServedInstance(Consul consul, String service, String version) {
    this.consul = consul;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    id = service + "-" + port();
    server.createContext("/", exchange -> answer(exchange, version));
    server.setExecutor(threads);
    server.start();
  }

  /** Starts one and waits until it passes its check. */
  public static ServedInstance start(Cluster cluster, String service, String kind, String version) {
    ServedInstance instance = new ServedInstance(cluster.consul(), service, version);
    instance.register(service, List.of("nomad-ml-serving", kind, "version-" + version));
    Eventually.until(
        service + " passes", () -> cluster.consul().passing(service).contains(instance.port()));
    return instance;
  }

  private void register(String service, List<String> tags) {
    consul
        .rest()
        .put(
            "/v1/agent/service/register",
            Map.of(
                "ID",
                id,
                "Name",
                service,
                "Address",
                "127.0.0.1",
                "Port",
                port(),
                "Tags",
                tags,
                "Check",
                Map.of("HTTP", "http://127.0.0.1:" + port() + "/health", "Interval", "1s")));
  }

  private void answer(HttpExchange exchange, String version) throws IOException {
    exchange.getRequestBody().readAllBytes();
    int code = status;
    if (exchange.getRequestURI().getPath().equals("/health")) {
      code = health;
    } else {
      asked.incrementAndGet();
    }
    String forwarded = String.valueOf(exchange.getRequestHeaders().getFirst("X-Forwarded-For"));
    byte[] body =
        "{\"asked\": \"%s %s\", \"forwarded\": \"%s\"}"
            .formatted(exchange.getRequestMethod(), exchange.getRequestURI(), forwarded)
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("X-Model-Version", version);
    exchange
        .getResponseHeaders()
        .set("X-Request-Id", String.valueOf(exchange.getRequestHeaders().getFirst("X-Request-Id")));
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** Requests that it got, but for its health. */
  public int asked() {
    return asked.get();
  }

  /** Answers its check so from now on. */
  public ServedInstance healthIs(int health) {
    this.health = health;
    return this;
  }

  /** Answers everything else so from now on. */
  public ServedInstance answersWith(int status) {
    this.status = status;
    return this;
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    consul.deregister(id);
    server.stop(0);
    threads.shutdownNow();
  }
}
