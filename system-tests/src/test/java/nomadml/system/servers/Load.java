package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Constant load of predictions, from threads that ask one after the other. Of several servers only
 * those are asked whose last answer, and whose health, say that they are to be.
 */
public final class Load implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final Set<Integer> leaving = ConcurrentHashMap.newKeySet();

  private Load() {}

  /** Starts to ask servers on these ports. */
  public static Load start(int threads, JsonNode body, int... ports) {
    Load load = new Load();
    for (int i = 0; i < threads; i++) {
      int first = i;
      Thread thread = new Thread(() -> load.ask(body, first, ports), "load-" + i);
      load.threads.add(thread);
      thread.start();
    }
    return load;
  }

  private void ask(JsonNode body, int first, int... ports) {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    for (int turn = first; !stopped.get(); turn++) {
      int port = ports[turn % ports.length];
      if (ports.length > 1 && leaving.contains(port)) {
        continue;
      }
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/invocations"))
              .timeout(Duration.ofSeconds(60))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
              .build();
      try {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.headers().firstValue("Connection").filter("close"::equals).isPresent()) {
          leaving.add(port);
        }
        if (answer.statusCode() == 200) {
          count(answer.headers().firstValue("X-Model-Version").orElse("")).incrementAndGet();
        } else {
          failures.add(answer.statusCode() + " " + answer.body());
        }
      } catch (IOException e) {
        failures.add(port + ": " + e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private AtomicInteger count(String version) {
    return answers.computeIfAbsent(version, ignored -> new AtomicInteger());
  }

  /** How many answers a version gave so far. */
  public int answers(String version) {
    return count(version).get();
  }

  /** Waits until a version has given so many answers. */
  public void awaitAnswers(String version, int least) {
    Eventually.until(least + " answers of version " + version, () -> answers(version) >= least);
  }

  /** Waits for the last answers. */
  public void stop() throws InterruptedException {
    stopped.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** What was not answered with 200. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    stopped.set(true);
  }
}
