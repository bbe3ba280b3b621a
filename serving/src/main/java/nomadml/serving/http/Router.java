package nomadml.serving.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.serving.metrics.ModelMetrics.Protocol;
import nomadml.serving.metrics.ServingMetrics;
import nomadml.spec.Version;
import org.jspecify.annotations.Nullable;

/** Which path is what. One for each event loop. */
final class Router implements Handler<HttpServerRequest> {
  private static final Pattern MODEL =
      Pattern.compile("/v2/models/([^/]+)(?:/versions/([^/]+))?(/ready|/infer)?");
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final Exchange.Shared shared;
  private final Predictions predictions;
  private final ServingMetrics metrics;

  Router(Exchange.Shared shared, Predictions predictions, ServingMetrics metrics) {
    this.shared = shared;
    this.predictions = predictions;
    this.metrics = metrics;
  }

  @Override
  public void handle(HttpServerRequest request) {
    String path = request.path();
    if (path == null) {
      refuse(request, 400, "the request has no path");
      return;
    }
    switch (path) {
      case "/invocations" -> {
        if (allowed(request, HttpMethod.POST)) {
          predictions.begin(request, Protocol.INVOCATIONS);
        }
      }
      case "/ping", "/health" -> {
        boolean ready = shared.state().isReady();
        get(request, ready ? 200 : 503, Exchange.JSON, "\n");
      }
      case "/version" -> get(request, 200, "text/plain", Version.CURRENT);
      case "/metrics" -> get(request, 200, TEXT, metrics.text());
      case "/v2" -> get(request, 200, Exchange.JSON, Metadata.server());
      case "/v2/health/live" -> get(request, 200, Exchange.JSON, "{\"live\":true}");
      case "/v2/health/ready" -> {
        boolean ready = shared.state().isReady();
        get(request, ready ? 200 : 503, Exchange.JSON, "{\"ready\":" + ready + "}");
      }
      default -> {
        Matcher model = MODEL.matcher(path);
        if (model.matches()) {
          model(request, decoded(model.group(1)), model.group(2), model.group(3));
        } else {
          refuse(
              request,
              404,
              "there is nothing at this path: /invocations and /v2/models are served");
        }
      }
    }
  }

  private void model(
      HttpServerRequest request, String name, @Nullable String version, @Nullable String action) {
    ActiveModel active = shared.state().active();
    if (active == null) {
      refuse(request, 503, "no model is loaded yet");
    } else if (!active.identity().name().equals(name)
        || (version != null && !active.identity().version().equals(version))) {
      refuse(
          request,
          404,
          "this server has model %s, version %s, and no other"
              .formatted(active.identity().name(), active.identity().version()));
    } else if ("/infer".equals(action)) {
      if (allowed(request, HttpMethod.POST)) {
        predictions.begin(request, Protocol.V2);
      }
    } else if ("/ready".equals(action)) {
      boolean ready = shared.state().isReady();
      get(request, ready ? 200 : 503, Exchange.JSON, "{\"ready\":" + ready + "}");
    } else {
      get(request, 200, Exchange.JSON, Metadata.model(active));
    }
  }

  private void get(HttpServerRequest request, int status, String type, String body) {
    if (allowed(request, HttpMethod.GET)) {
      new Exchange(request, shared, shared.state().active(), null, false)
          .answer(status, type, body.getBytes(StandardCharsets.UTF_8));
    }
  }

  private boolean allowed(HttpServerRequest request, HttpMethod method) {
    HttpMethod given = request.method();
    if (given.equals(method) || (method.equals(HttpMethod.GET) && given.equals(HttpMethod.HEAD))) {
      return true;
    }
    request.response().putHeader("Allow", method.name());
    refuse(request, 405, request.path() + " takes " + method.name());
    return false;
  }

  private void refuse(HttpServerRequest request, int status, String message) {
    new Exchange(request, shared, shared.state().active(), null, false)
        .refuse(status, null, message);
  }

  private static String decoded(String part) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return part;
    }
  }
}
