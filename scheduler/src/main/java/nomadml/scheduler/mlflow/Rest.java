package nomadml.scheduler.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.context.Server;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;

/** MLflow's REST API with bounded patience, and its refusals as our failures. */
final class Rest {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration TRANSFER = Duration.ofHours(1);

  private final Server server;
  private final Credentials credentials;
  private final MlflowClient client;
  private final Optional<SSLContext> tls;
  private @Nullable HttpClient transfers;

  Rest(Server server, Credentials credentials) {
    this.server = server;
    this.credentials = credentials;
    this.tls =
        "https".equals(server.address().getScheme())
            ? server.tls().context(server.source())
            : Optional.empty();
    BasicMlflowHostCreds asked =
        new BasicMlflowHostCreds(
            server.address().toString(),
            credentials.user(),
            credentials.password(),
            credentials.token(),
            server.tls().skipVerify());
    this.client =
        tls.map(context -> SecuredClient.of(asked, context, server.tls().skipVerify()))
            .orElseGet(() -> new MlflowClient(asked));
  }

  /** One for all files: each has a thread of its own. */
  private HttpClient transfers() {
    HttpClient known = transfers;
    if (known == null) {
      HttpClient.Builder builder =
          HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
      tls.ifPresent(builder::sslContext);
      known = builder.build();
      transfers = known;
    }
    return known;
  }

  Server server() {
    return server;
  }

  JsonNode get(String path) {
    return call(() -> client.sendGet(path));
  }

  /** Empty when there is no such thing. */
  Optional<JsonNode> find(String path) {
    try {
      return Optional.of(get(path));
    } catch (SchedulerFailure e) {
      if (status(e) == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The HTTP status of a refusal; 0 when the server did not answer. */
  static int status(SchedulerFailure failure) {
    return failure.getCause() instanceof MlflowHttpException answer ? answer.getStatusCode() : 0;
  }

  JsonNode post(String path, Map<String, ?> body) {
    return call(() -> client.sendPost(path, json(body)));
  }

  /** Sends a file; {@code path} is relative to the server. */
  void put(String path, Path file) {
    try {
      HttpResponse<String> answer =
          transfer(
              request(path).PUT(HttpRequest.BodyPublishers.ofFile(file)),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 300) {
        throw refused(answer.statusCode(), "refuses " + file + ": " + answer.body(), null);
      }
    } catch (FileNotFoundException e) {
      throw new SchedulerFailure(ExitCode.USAGE, "there is no file " + file, null, e);
    }
  }

  /** The bytes of a file; {@code path} is relative to the server. */
  InputStream open(String path) {
    HttpResponse<InputStream> answer =
        transfer(request(path).GET(), HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() >= 300) {
      throw refused(answer.statusCode(), "does not give " + path, null);
    }
    return answer.body();
  }

  /** JSON that is not of the tracking API; {@code path} is relative to the server. */
  JsonNode read(String path) {
    try (InputStream body = open(path)) {
      return Json.MAPPER.readTree(body);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server.address() + path)).timeout(TRANSFER);
    credentials.header().ifPresent(header -> request.header("Authorization", header));
    return request;
  }

  private <T> HttpResponse<T> transfer(
      HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
    try {
      return transfers().send(request.build(), handler);
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(e);
    }
  }

  private JsonNode call(Supplier<String> request) {
    try {
      return Json.MAPPER.readTree(
          CompletableFuture.supplyAsync(request, task -> daemon(task).start())
              .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MlflowHttpException answer) {
        throw refused(answer.getStatusCode(), "answers " + answer.getBodyMessage(), answer);
      }
      throw unreachable(root(e));
    } catch (TimeoutException e) {
      throw unreachable(new TimeoutException("no answer within " + ANSWER.toSeconds() + " s"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(e);
    } catch (JsonProcessingException e) {
      throw unreachable(e);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "mlflow");
    thread.setDaemon(true);
    return thread;
  }

  private SchedulerFailure unreachable(Throwable cause) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        "can't reach MLflow at " + server + ": " + String.valueOf(cause.getMessage()),
        cause instanceof GeneralSecurityException || cause instanceof SSLException
            ? "MLFLOW_TRACKING_SERVER_CERT_PATH names who signed its certificate; http:// or https:// in MLFLOW_TRACKING_URI says which it speaks"
            : "is it running? MLFLOW_TRACKING_URI and --mlflow name another one",
        cause);
  }

  private SchedulerFailure refused(int status, String what, @Nullable Throwable cause) {
    String message = "MLflow at " + server + " " + what + " (" + status + ")";
    if (status != 401 && status != 403) {
      return new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, message, null, cause);
    }
    String hint =
        "set MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN; a server"
            + " behind another name needs that name in its --allowed-hosts";
    return credentials.isGiven()
        ? new DeniedFailure(message, hint, cause)
        : new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, message, hint, cause);
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String json(Map<String, ?> body) {
    try {
      return Json.MAPPER.writeValueAsString(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
