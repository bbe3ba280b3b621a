package nomadml.scheduler.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import nomadml.spec.Metrics;
import org.jspecify.annotations.Nullable;

/** The groups of a Pushgateway, by its REST API. */
public final class PushgatewayGroups implements GaugeGroups {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private final URI address;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  public PushgatewayGroups(URI address) {
    this.address = URI.create(address.toString().replaceAll("/+$", ""));
  }

  @Override
  public String name() {
    return "Pushgateway at " + address;
  }

  @Override
  public List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    for (JsonNode entry : read(send("GET", "/api/v1/metrics")).path("data")) {
      JsonNode labels = entry.path("labels");
      String runId = labels.path(Metrics.RUN_ID).asText("");
      if (labels.path("job").asText("").equals(Metrics.JOB) && !runId.isEmpty()) {
        groups.add(new Group(runId, pushed(entry)));
      }
    }
    return groups;
  }

  @Override
  public void delete(String runId) {
    String encoded =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(runId.getBytes(StandardCharsets.UTF_8));
    send("DELETE", "/metrics/job/" + Metrics.JOB + "/" + Metrics.RUN_ID + "@base64/" + encoded);
  }

  private static Instant pushed(JsonNode entry) {
    double seconds =
        entry.path("push_time_seconds").path("metrics").path(0).path("value").asDouble(0);
    return Instant.ofEpochMilli(Math.round(seconds * 1000));
  }

  private JsonNode read(String body) {
    try {
      return Json.MAPPER.readTree(body);
    } catch (IOException e) {
      throw failure("answered no JSON to GET /api/v1/metrics", e);
    }
  }

  private String send(String method, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + path))
            .timeout(PATIENCE)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      var response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() / 100 != 2) {
        throw failure("answered " + response.statusCode() + " to " + method + " " + path, null);
      }
      return response.body();
    } catch (IOException e) {
      throw failure("did not answer " + method + " " + path + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("was interrupted at " + method + " " + path, e);
    }
  }

  private SchedulerFailure failure(String message, @Nullable Throwable cause) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        name() + " " + message,
        "see what Consul says of it: submit-job services",
        cause);
  }
}
