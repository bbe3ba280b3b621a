package nomadml.scheduler.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;

/** Asks by MLflow's scoring protocol. */
public final class HttpPredictions implements Predictions {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LONGEST = 300;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  @Override
  public JsonNode ask(String address, String csv) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/invocations"))
            .timeout(PATIENCE)
            .header("Content-Type", "text/csv")
            .POST(BodyPublishers.ofString(csv))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        String body = answer.body().strip();
        throw failure(
            address,
            "answers %d: %s"
                .formatted(
                    answer.statusCode(), body.substring(0, Math.min(LONGEST, body.length()))),
            null);
      }
      return Json.MAPPER.readTree(answer.body()).path("predictions");
    } catch (IOException e) {
      throw failure(address, "gave no answer: " + e.getClass().getSimpleName(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure(address, "was not asked to the end", e);
    }
  }

  private static SchedulerFailure failure(String address, String what, @Nullable Throwable cause) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        "the server at " + address + " " + what,
        "this machine needs to reach the nodes' ports for a golden set",
        cause);
  }
}
