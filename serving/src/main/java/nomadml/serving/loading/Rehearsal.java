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
  private static final int REQUESTS = 800;
  private static final Duration LONGEST = Duration.ofSeconds(4);

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
    for (int sent = 0; sent < REQUESTS && System.nanoTime() < until; sent += CONNECTIONS) {
      List<CompletableFuture<HttpResponse<Void>>> answers = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
      }
      try {
        answers.forEach(CompletableFuture::join);
      } catch (CompletionException e) {
        return; // A slow network: there is nothing to gain.
      }
    }
  }
}
