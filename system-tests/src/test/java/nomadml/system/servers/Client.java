package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Who asks a gateway for predictions. */
public final class Client {
  private final HttpClient http;
  private final String base;

  private Client(String base, @Nullable SSLContext tls) {
    this.base = base;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5));
    http = tls == null ? builder.build() : builder.sslContext(tls).build();
  }

  public static Client of(int port) {
    return new Client("http://127.0.0.1:" + port, null);
  }

  /** By TLS, trusting an authority. */
  public static Client of(int port, SSLContext tls) {
    return new Client("https://127.0.0.1:" + port, tls);
  }

  public Answer get(String path, String... headers) {
    return send(HttpRequest.newBuilder().GET(), path, headers);
  }

  public Answer post(String path, String body, String... headers) {
    return send(HttpRequest.newBuilder().POST(BodyPublishers.ofString(body)), path, headers);
  }

  private Answer send(HttpRequest.Builder request, String path, String... headers) {
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Answer(
          http.send(
              request.uri(URI.create(base + path)).timeout(Duration.ofSeconds(30)).build(),
              BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Asks over and over by so many connections until it is told to end. */
  public Load load(int connections, String path, String body) {
    return new Load(this, connections, path, body);
  }

  /** What came back. */
  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    public String version() {
      return header("X-Model-Version");
    }

    /** The serial number of the certificate that the server showed. */
    public BigInteger certificate() {
      try {
        Certificate shown = response.sslSession().orElseThrow().getPeerCertificates()[0];
        return ((X509Certificate) shown).getSerialNumber();
      } catch (SSLPeerUnverifiedException e) {
        throw new IllegalStateException(e);
      }
    }

    public JsonNode json() {
      try {
        return new ObjectMapper().readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(response.body(), e);
      }
    }

    @Override
    public String toString() {
      return response + " " + response.headers().map() + "\n" + response.body();
    }
  }

  /** Constant load, and what became of each request. */
  public static final class Load {
    private final Map<String, AtomicInteger> outcomes = new ConcurrentSkipListMap<>();
    private final AtomicBoolean goesOn = new AtomicBoolean(true);
    private final ExecutorService threads;
    private final List<CompletableFuture<Void>> ends;

    private Load(Client client, int connections, String path, String body) {
      threads = Executors.newFixedThreadPool(connections);
      ends =
          Stream.generate(() -> CompletableFuture.runAsync(() -> ask(client, path, body), threads))
              .limit(connections)
              .toList();
    }

    private void ask(Client client, String path, String body) {
      while (goesOn.get()) {
        String outcome;
        try {
          Answer answer = client.post(path, body, "Content-Type", "application/json");
          outcome = answer.status() + " version " + answer.version();
        } catch (UncheckedIOException e) {
          outcome = String.valueOf(e.getCause());
        }
        outcomes.computeIfAbsent(outcome, key -> new AtomicInteger()).incrementAndGet();
      }
    }

    /** Requests that were answered well so far. */
    public int answered() {
      return count("200 ");
    }

    /** Waits until so many more were answered well. */
    public void awaitMore(int more) {
      int wanted = answered() + more;
      Eventually.until(wanted + " are answered", () -> answered() >= wanted);
    }

    private int count(String beginning) {
      return outcomes.entrySet().stream()
          .filter(one -> one.getKey().startsWith(beginning))
          .mapToInt(one -> one.getValue().get())
          .sum();
    }

    /** Ends it, and tells how often each outcome was seen. */
    public Map<String, Integer> end() {
      goesOn.set(false);
      ends.forEach(CompletableFuture::join);
      threads.shutdown();
      Map<String, Integer> counts = new TreeMap<>();
      outcomes.forEach((outcome, count) -> counts.put(outcome, count.get()));
      return counts;
    }
  }
}
