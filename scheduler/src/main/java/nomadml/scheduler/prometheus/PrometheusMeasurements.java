package nomadml.scheduler.prometheus;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.context.Server;
import nomadml.scheduler.deploy.Measurements;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;

/** The counters of model servers in a Prometheus. */
public final class PrometheusMeasurements implements Measurements {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String ALWAYS_THERE = "serving_start_timestamp_seconds";

  private final Server server;
  private final HttpClient client;

  private PrometheusMeasurements(Server server) {
    this.server = server;
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
    if ("https".equals(server.address().getScheme())) {
      server.tls().context(server.source()).ifPresent(builder::sslContext);
    }
    client = builder.build();
  }

  /** Connects on the first question. */
  public static PrometheusMeasurements at(Server server) {
    return new PrometheusMeasurements(server);
  }

  @Override
  public String name() {
    return "Prometheus at " + server.address();
  }

  @Override
  public Counters counters(Selection servers, Instant at) {
    String selector = selector(servers);
    return new Counters(
        series(
            "sum by (instance, code) (serving_requests_total%s)".formatted(selector), "code", at),
        series(
            "sum by (instance, le) (serving_request_duration_seconds_bucket%s)".formatted(selector),
            "le",
            at),
        scraped(servers, selector, at));
  }

  private static String selector(Selection servers) {
    String instances =
        servers.instances().stream()
            .sorted()
            .map(PrometheusMeasurements::literally)
            .collect(Collectors.joining("|"));
    return "{job=\"%s\",version=\"%s\",instance=~\"%s\"}"
        .formatted(servers.service(), servers.version(), instances);
  }

  /** Inside a string a backslash is written twice. */
  private static String literally(String address) {
    return Pattern.compile("[^A-Za-z0-9:-]").matcher(address).replaceAll("\\\\\\\\$0");
  }

  private Map<Series, Double> series(String query, String label, Instant at) {
    Map<Series, Double> values = new HashMap<>();
    for (JsonNode one : ask(query, at)) {
      JsonNode metric = one.path("metric");
      values.put(
          new Series(metric.path("instance").asText(), metric.path(label).asText()),
          Double.parseDouble(one.path("value").path(1).asText()));
    }
    return values;
  }

  private Optional<Instant> scraped(Selection servers, String selector, Instant at) {
    Set<String> missing = new HashSet<>(servers.instances());
    Instant oldest = Instant.MAX;
    for (JsonNode one : ask("timestamp(" + ALWAYS_THERE + selector + ")", at)) {
      missing.remove(one.path("metric").path("instance").asText());
      double seconds = Double.parseDouble(one.path("value").path(1).asText());
      Instant asked = Instant.ofEpochMilli(Math.round(seconds * 1000));
      oldest = asked.isBefore(oldest) ? asked : oldest;
    }
    return missing.isEmpty() && !servers.instances().isEmpty()
        ? Optional.of(oldest)
        : Optional.empty();
  }

  private JsonNode ask(String query, Instant at) {
    URI address =
        URI.create(
            server.address()
                + "/api/v1/query?query="
                + URLEncoder.encode(query, StandardCharsets.UTF_8)
                + "&time="
                + at.toEpochMilli() / 1000.0);
    HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(PATIENCE).GET();
    if (server.token() != null) {
      request.header("Authorization", "Bearer " + server.token());
    }
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw failure("answers " + answer.statusCode() + ": " + answer.body().strip(), null);
      }
      return Json.MAPPER.readTree(answer.body()).at("/data/result");
    } catch (IOException e) {
      throw failure("can't be asked: " + reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("was not asked to the end", e);
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private SchedulerFailure failure(String what, @Nullable Throwable cause) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        "Prometheus at " + server + " " + what,
        "is it running? --prometheus and NOMAD_ML_PROMETHEUS name another one",
        cause);
  }
}
