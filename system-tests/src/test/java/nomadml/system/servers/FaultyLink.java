package nomadml.system.servers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** An HTTP server in front of another that can be told to fail in the ways networks do. */
public final class FaultyLink implements AutoCloseable {
  /** What befalls a request. */
  public enum Fault {
    /** Nothing. */
    NONE,
    /** Nobody listens. */
    REFUSED,
    /** It is read and never answered. */
    HANGS,
    /** It is answered 500 and not passed on. */
    ERROR,
    /** It is passed on and done; the connection ends before the answer. */
    CUT
  }

  private static final Pattern ANYTHING = Pattern.compile(".*");
  private static final Set<String> OWN_HEADERS =
      Set.of("connection", "content-length", "host", "transfer-encoding", "upgrade", "expect");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger befallen = new AtomicInteger();
  private final int port = FreePort.next();
  private final int target;
  private HttpServer server;
  private volatile Fault fault = Fault.NONE;
  private volatile Pattern requests = ANYTHING;

  private FaultyLink(int target) {
    this.target = target;
    server = listen();
  }

  /** A link to a server's port that passes everything on. */
  public static FaultyLink to(int target) {
    return new FaultyLink(target);
  }

  public int port() {
    return port;
  }

  public String address() {
    return "http://127.0.0.1:" + port;
  }

  /** Lets every request fail so, until it is told otherwise. */
  public void fail(Fault kind) {
    fail(kind, ".*");
  }

  /** Lets the requests fail so whose method and path, such as {@code PUT /v1/jobs}, match. */
  public synchronized void fail(Fault kind, String methodAndPath) {
    befallen.set(0);
    requests = Pattern.compile(methodAndPath);
    Fault before = fault;
    fault = kind;
    if (kind == Fault.REFUSED) {
      server.stop(0);
    } else if (before == Fault.REFUSED) {
      server = listen();
    }
    notifyAll();
  }

  /** Passes everything on again. */
  public void heal() {
    fail(Fault.NONE);
  }

  /** How many requests the fault befell since it began; a refused one isn't seen. */
  public int befallen() {
    return befallen.get();
  }

  private HttpServer listen() {
    try {
      HttpServer listening =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      listening.createContext("/", this::handle);
      listening.setExecutor(threads);
      listening.start();
      return listening;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Fault now = faultOf(exchange);
    try (exchange) {
      switch (now) {
        case HANGS -> awaitHealing();
        case ERROR -> exchange.sendResponseHeaders(500, -1);
        case CUT -> client.send(request(exchange, body), BodyHandlers.discarding());
        case NONE, REFUSED -> answer(exchange, body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Fault faultOf(HttpExchange exchange) {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    if (fault == Fault.NONE || !requests.matcher(request).matches()) {
      return Fault.NONE;
    }
    befallen.incrementAndGet();
    return fault;
  }

  private synchronized void awaitHealing() throws InterruptedException {
    while (fault == Fault.HANGS) {
      wait();
    }
  }

  private void answer(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        client.send(request(exchange, body), BodyHandlers.ofInputStream());
    try (InputStream from = response.body()) {
      response.headers().map().forEach((name, values) -> copyTo(exchange, name, values));
      boolean empty = response.statusCode() == 204 || response.statusCode() == 304;
      exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : 0);
      OutputStream to = exchange.getResponseBody();
      byte[] buffer = new byte[8192];
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        to.write(buffer, 0, count);
        to.flush();
      }
    }
  }

  private static void copyTo(HttpExchange exchange, String name, List<String> values) {
    if (!isOwn(name)) {
      exchange.getResponseHeaders().put(name, values);
    }
  }

  private HttpRequest request(HttpExchange exchange, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + target + exchange.getRequestURI()))
            .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> values.forEach(value -> copyTo(request, name, value)));
    return request.build();
  }

  private static void copyTo(HttpRequest.Builder request, String name, String value) {
    if (!isOwn(name)) {
      request.header(name, value);
    }
  }

  private static boolean isOwn(String header) {
    return header.startsWith(":") || OWN_HEADERS.contains(header.toLowerCase(Locale.ROOT));
  }

  @Override
  public void close() {
    heal();
    server.stop(0);
    threads.shutdownNow();
  }
}
