package nomadml.serving;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import nomadml.serving.batch.Admission;
import nomadml.serving.batch.Batching;
import nomadml.serving.http.AccessLog;
import nomadml.serving.http.ActiveModel;
import nomadml.serving.http.HttpServer;
import nomadml.serving.http.Settings;
import nomadml.serving.http.State;
import nomadml.serving.inference.Accelerator;
import nomadml.serving.loading.ModelLoader;
import nomadml.serving.metrics.ServingMetrics;
import nomadml.serving.model.Identity;
import nomadml.serving.model.ModelStore;

/** A server on a free port, with a model of a folder. */
public final class TestServer implements AutoCloseable {
  private static final Accelerator CPU = Accelerator.start(Accelerator.Choice.CPU);

  public final ServingMetrics metrics = new ServingMetrics();
  public final State state = new State(64 << 20);
  public final Admission admission;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final AccessLog accessLog = new AccessLog(log, Clock.systemUTC());
  private final HttpServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** What a test asks for beyond the usual. */
  public record Options(int queue, int mostBytes, Batching batching) {
    public static final Options USUAL = new Options(1024, 1 << 20, new Batching(64, Duration.ZERO));
  }

  public TestServer(Options options) {
    this.admission = new Admission(options.queue());
    Settings settings = new Settings("127.0.0.1", 0, Duration.ofSeconds(10), options.mostBytes());
    this.server =
        HttpServer.start(
            new HttpServer.Parts(
                settings, state, options.batching(), admission, metrics, accessLog),
            1);
  }

  public static TestServer of(Path folder) throws IOException {
    return of(folder, Options.USUAL);
  }

  public static TestServer of(Path folder, Options options) throws IOException {
    TestServer server = new TestServer(options);
    server.serve(folder, "1");
    return server;
  }

  /** Swaps to another model. */
  public ActiveModel serve(Path folder, String version) throws IOException {
    ActiveModel model =
        new ModelLoader(CPU, metrics, 1)
            .load(new ModelStore.Stored(folder, new Identity("m", version, "sha256:0", "run")));
    state.serve(model);
    return model;
  }

  public HttpServer server() {
    return server;
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  public HttpResponse<String> get(String path) throws IOException {
    return send(HttpRequest.newBuilder(uri(path)).build());
  }

  public HttpResponse<String> post(String path, String type, String body) throws IOException {
    return post(path, type, body.getBytes(StandardCharsets.UTF_8));
  }

  public HttpResponse<String> post(String path, String type, byte[] body, String... headers)
      throws IOException {
    return send(request(path, type, body, headers));
  }

  public CompletableFuture<HttpResponse<String>> postLater(String path, String body) {
    return client.sendAsync(
        request(path, "application/json", body.getBytes(StandardCharsets.UTF_8)),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String path, String type, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    return (headers.length == 0 ? request : request.headers(headers)).build();
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** All lines of the access log; ends the log. */
  public String log() {
    accessLog.close();
    return log.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.close();
    accessLog.close();
  }
}
