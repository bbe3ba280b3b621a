package nomadml.trainer.mlflow;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import nomadml.spec.Names;
import nomadml.trainer.report.RefusedException;
import nomadml.trainer.report.Services;
import org.jspecify.annotations.Nullable;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;

/**
 * The MLflow server where it is now. Its address is kept until a call fails; when the server has
 * moved by then, the call is made again at once. For one thread at a time.
 */
final class Connection {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration REQUEST = Duration.ofSeconds(30);

  private final Services services;
  private final Credentials credentials;
  private final Trust trust;
  private final Duration patience;
  private final ExecutorService calls =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "mlflow");
            thread.setDaemon(true);
            return thread;
          });
  private @Nullable HttpClient http;
  private @Nullable Server server;

  /** One address of it. */
  private record Server(URI address, MlflowClient client) {}

  Connection(Services services, Map<String, String> environment) {
    this(services, environment, REQUEST);
  }

  Connection(Services services, Map<String, String> environment, Duration patience) {
    this.services = services;
    this.patience = patience;
    this.credentials = Credentials.of(environment);
    this.trust = Trust.of(environment);
  }

  /** Something to ask MLflow's client. */
  @FunctionalInterface
  interface Call<T> {
    T apply(MlflowClient client);
  }

  /** A request to be completed and sent to an address of the server. */
  @FunctionalInterface
  interface Exchange<T> {
    T apply(URI address) throws IOException;
  }

  /**
   * Asks MLflow's client.
   *
   * @param what is done, for messages: {@code writing metrics}
   */
  <T> T call(String what, Call<T> call) throws IOException {
    return retryWhenMoved(server -> bounded(what, server, call));
  }

  /** Asks by HTTP itself: for what MLflow's client leaves to Python. */
  <T> T exchange(Exchange<T> exchange) throws IOException {
    return retryWhenMoved(server -> exchange.apply(server.address()));
  }

  HttpRequest.Builder request(URI uri) {
    return credentials.authorize(HttpRequest.newBuilder(uri));
  }

  /** Sends a request; an answer that is no success is thrown. */
  String send(String what, URI address, HttpRequest request) throws IOException {
    return send(
        what,
        address,
        request,
        patience,
        answer -> HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8));
  }

  /**
   * Sends a request, and takes a successful answer's body by a handler that gives an empty text.
   *
   * @param limit for all of it, sending and receiving
   */
  String send(
      String what,
      URI address,
      HttpRequest request,
      Duration limit,
      HttpResponse.BodyHandler<String> handler)
      throws IOException {
    CompletableFuture<HttpResponse<String>> answer = http().sendAsync(request, handler);
    HttpResponse<String> response = await(what, address, answer, limit);
    if (response.statusCode() / 100 != 2) {
      throw Answers.failure(address, what, response.statusCode(), response.body());
    }
    return response.body();
  }

  private interface Attempt<T> {
    T at(Server server) throws IOException;
  }

  private <T> T retryWhenMoved(Attempt<T> attempt) throws IOException {
    Server first = connect();
    try {
      return attempt.at(first);
    } catch (RefusedException e) {
      throw e;
    } catch (IOException e) {
      if (e instanceof MissingException missing && missing.isSaidByMlflow()) {
        throw e;
      }
      disconnect();
      if (!movedFrom(first.address())) {
        throw e;
      }
    }
    Server second = connect();
    try {
      return attempt.at(second);
    } catch (IOException e) {
      if (!(e instanceof RefusedException || e instanceof MissingException)) {
        disconnect();
      }
      throw e;
    }
  }

  private boolean movedFrom(URI address) {
    try {
      return !connect().address().equals(address);
    } catch (IOException e) {
      return false;
    }
  }

  private Server connect() throws IOException {
    Server known = server;
    if (known == null) {
      String found = services.find(Names.MLFLOW_SERVICE).toString();
      URI address =
          URI.create(found.endsWith("/") ? found.substring(0, found.length() - 1) : found);
      known = new Server(address, client(address));
      server = known;
    }
    return known;
  }

  private MlflowClient client(URI address) throws IOException {
    BasicMlflowHostCreds asked = credentials.at(address);
    Optional<SSLContext> tls = trust.context();
    return tls.isPresent()
        ? SecuredClient.of(asked, tls.get(), trust.unchecked())
        : new MlflowClient(asked);
  }

  private HttpClient http() throws IOException {
    HttpClient known = http;
    if (known == null) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT)
              .followRedirects(HttpClient.Redirect.NORMAL);
      trust.context().ifPresent(builder::sslContext);
      known = builder.build();
      http = known;
    }
    return known;
  }

  private void disconnect() {
    if (server != null) {
      server.client().close();
      server = null;
    }
  }

  /** MLflow's client knows no timeouts: a call that takes too long loses its connections. */
  private <T> T bounded(String what, Server at, Call<T> call) throws IOException {
    Future<T> answer = calls.submit(() -> call.apply(at.client()));
    return await(what, at.address(), answer, patience);
  }

  private static <T> T await(String what, URI address, Future<T> answer, Duration limit)
      throws IOException {
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException(
          "%s at %s: no answer for %d s".formatted(what, address, limit.toSeconds()), e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("%s at %s was interrupted".formatted(what, address), e);
    } catch (ExecutionException e) {
      throw failure(what, address, e.getCause() == null ? e : e.getCause());
    }
  }

  private static IOException failure(String what, URI address, Throwable cause) {
    if (cause instanceof MlflowHttpException e) {
      return Answers.failure(address, what, e.getStatusCode(), e.getBodyMessage());
    }
    Throwable reason =
        cause instanceof MlflowClientException && cause.getCause() != null
            ? cause.getCause()
            : cause;
    String message = reason.getMessage() == null ? reason.toString() : reason.getMessage();
    String hint =
        reason instanceof SSLException
            ? "\n  hint: %s names the file of who signed its certificate; http:// or https:// in its address says which it speaks"
                .formatted(Trust.AUTHORITY)
            : "";
    return new IOException("%s at %s failed: %s%s".formatted(what, address, message, hint), reason);
  }
}
