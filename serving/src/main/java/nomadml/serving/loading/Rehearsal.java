package nomadml.serving.loading;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The first requests of a server are its slowest: classes are loaded, code is compiled, PyTorch
 * prepares each thread. They are sent by the server itself, before anybody knows that it is there.
 */
public final class Rehearsal {
  private static final int CONNECTIONS = 8;
  private static final int ROUND = 50 * CONNECTIONS;
  private static final Duration LONGEST = Duration.ofSeconds(4);

  /** What a round must gain over the fastest before it, else the code is as good as compiled. */
  private static final double GAIN = 0.95;

  private static final int ROUNDS_WITHOUT_GAIN = 4;

  private Rehearsal() {}

  /** Sends a body again and again; what is answered does not matter. */
  public static void run(URI invocations, byte[] body) {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    HttpRequest request =
        HttpRequest.newBuilder(invocations)
            .timeout(LONGEST)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    long until = System.nanoTime() + LONGEST.toNanos();
    long fastest = Long.MAX_VALUE;
    for (int without = 0; without < ROUNDS_WITHOUT_GAIN && System.nanoTime() < until; ) {
      long took = round(client, request, until);
      without = took < GAIN * fastest ? 0 : without + 1;
      fastest = Math.min(fastest, took);
    }
  }

  /** Nanoseconds of a round; what is not answered in time has no more to gain. */
  private static long round(HttpClient client, HttpRequest request, long until) {
    long began = System.nanoTime();
    for (int sent = 0; sent < ROUND && System.nanoTime() < until; sent += CONNECTIONS) {
      List<CompletableFuture<HttpResponse<Void>>> answers = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
      }
      try {
        answers.forEach(CompletableFuture::join);
      } catch (CompletionException e) {
        return Long.MAX_VALUE;
      }
    }
    return System.nanoTime() - began;
  }
}
