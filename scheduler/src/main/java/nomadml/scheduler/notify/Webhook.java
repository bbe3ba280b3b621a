package nomadml.scheduler.notify;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** Sends JSON to an address whose path is a secret. */
final class Webhook {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  void send(String name, URI address, JsonNode body) {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    try {
      int status = client.send(request, BodyHandlers.discarding()).statusCode();
      if (status / 100 != 2) {
        throw failure(name, address, "answered " + status, null);
      }
    } catch (IOException e) {
      throw failure(name, address, "did not answer: " + e.getClass().getSimpleName(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure(name, address, "was interrupted", e);
    }
  }

  private static SchedulerFailure failure(
      String name, URI address, String what, @Nullable Throwable cause) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        "%s at %s %s".formatted(name, address.getHost(), what),
        "it is tried again each minute for a day after the run's end",
        cause);
  }
}
