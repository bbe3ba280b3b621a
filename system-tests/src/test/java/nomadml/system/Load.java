package nomadml.system;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;

/** Requests to all passing servers of a model, one after the other, as a gateway spreads them. */
final class Load implements AutoCloseable {
  private static final String ROW = "{\"inputs\": [[" + "0, ".repeat(63) + "0]]}";

  private final Cluster cluster;
  private final String service;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread sender = new Thread(this::send, "load");

  private Load(Cluster cluster, String service) {
    this.cluster = cluster;
    this.service = service;
  }

  static Load on(Cluster cluster, String service) {
    Load load = new Load(cluster, service);
    load.sender.start();
    return load;
  }

  private void send() {
    try {
      while (!closed.await(20, TimeUnit.MILLISECONDS)) {
        List<Integer> ports = cluster.consul().passing(service);
        if (ports.isEmpty()) {
          failures.add("no server is passing");
        }
        for (int port : ports) {
          ask(port);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(int port) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/invocations"))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(ROW))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      String version = answer.headers().firstValue("X-Model-Version").orElse("?");
      if (answer.statusCode() == 200) {
        answers.computeIfAbsent(version, none -> new AtomicInteger()).incrementAndGet();
      } else {
        failures.add("version " + version + ": " + answer.statusCode() + " " + answer.body());
      }
    } catch (IOException e) {
      failures.add("port " + port + ": " + e);
    }
  }

  /** Waits until a version has answered, and some more times. */
  void awaitAnswersOf(String version) {
    int before = count(version);
    Eventually.until("version " + version + " answers", () -> count(version) >= before + 5);
  }

  private int count(String version) {
    AtomicInteger count = answers.get(version);
    return count == null ? 0 : count.get();
  }

  /** The requests that were not answered by 200. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      sender.join(TimeUnit.SECONDS.toMillis(40));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
