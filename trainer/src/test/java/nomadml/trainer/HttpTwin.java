package nomadml.trainer;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** An HTTP server on a free port of this machine that answers as a test says. */
public final class HttpTwin implements AutoCloseable {
  private final LoopbackServer server = new LoopbackServer(this::handle);
  private final List<Request> requests = new ArrayList<>();
  private final Function<Request, Answer> answers;

  /** What was asked; the path with its query. */
  public record Request(String method, String path, String authorization, String body) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** What is answered; a status of 0 is no answer at all until the server ends. */
  public record Answer(int status, String body) {
    public static final Answer NONE = new Answer(0, "");

    public static Answer ok(String body) {
      return new Answer(200, body);
    }
  }

  public HttpTwin(Function<Request, Answer> answers) {
    this.answers = answers;
  }

  public URI address() {
    return server.address();
  }

  public synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() {
    server.close();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    Request request =
        new Request(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            authorization == null ? "" : authorization,
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    synchronized (this) {
      requests.add(request);
    }
    Answer answer = answers.apply(request);
    if (answer.status() == 0) {
      server.hang();
      return;
    }
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
