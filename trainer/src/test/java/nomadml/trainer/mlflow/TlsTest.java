package nomadml.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import nomadml.spec.Pem;
import nomadml.trainer.report.RunAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server whose certificate this test's own authority vouches for, by another name. */
class TlsTest {
  private static final RunAddress RUN = new RunAddress("7", "abc");
  private static final String FOUND =
      "{\"run\":{\"info\":{\"run_id\":\"abc\",\"experiment_id\":\"7\",\"artifact_uri\":\"mlflow-artifacts:/7/abc/artifacts\"}}}";
  private static final List<String> REQUESTS = new CopyOnWriteArrayList<>();

  @TempDir static Path folder;
  private static HttpsServer server;
  private static Path certificate;

  @BeforeAll
  static void start() throws IOException, GeneralSecurityException, InterruptedException {
    certificate = folder.resolve("server.pem");
    Path key = folder.resolve("key.pem");
    Keytool.certificate(folder, "localhost", certificate, key);
    SSLContext context = Pem.context(Pem.trust(null), certificate, key);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          REQUESTS.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
          exchange.getRequestBody().readAllBytes();
          byte[] body = FOUND.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @BeforeEach
  void forget() {
    REQUESTS.clear();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @Test
  void asksAndUploadsWhereTheAuthorityIsNamed() throws IOException {
    upload("localhost", Map.of(Trust.AUTHORITY, certificate.toString()));
    assertThat(REQUESTS)
        .containsExactly(
            "GET /api/2.0/mlflow/runs/get",
            "PUT /api/2.0/mlflow-artifacts/artifacts/7/abc/artifacts/a.txt");
  }

  @Test
  void asksAndUploadsUncheckedWhenAskedTo() throws IOException {
    upload("127.0.0.1", Map.of(Trust.UNCHECKED, "true"));
    assertThat(REQUESTS).hasSize(2);
  }

  @Test
  void namesTheVariableWhenTheAuthorityIsUnknown() {
    assertThatIOException()
        .isThrownBy(() -> upload("localhost", Map.of()))
        .withMessageContainingAll("https://localhost:", "hint: " + Trust.AUTHORITY);
    assertThat(REQUESTS).isEmpty();
  }

  @Test
  void checksTheName() {
    assertThatIOException()
        .isThrownBy(() -> upload("127.0.0.1", Map.of(Trust.AUTHORITY, certificate.toString())))
        .withMessageContainingAll("127.0.0.1", "hint: ");
    assertThat(REQUESTS).isEmpty();
  }

  @Test
  void checksWhereAnAuthorityIsNamedWhateverElseIsSaid() {
    Map<String, String> both =
        Map.of(Trust.AUTHORITY, certificate.toString(), Trust.UNCHECKED, "true");
    assertThatIOException().isThrownBy(() -> upload("127.0.0.1", both));
  }

  @Test
  void saysThatTheFileIsNotThere() {
    String missing = folder.resolve("missing.pem").toString();
    assertThatIOException()
        .isThrownBy(() -> upload("localhost", Map.of(Trust.AUTHORITY, missing)))
        .withMessageContainingAll(missing, "no such file", "hint: " + Trust.AUTHORITY);
  }

  private static void upload(String host, Map<String, String> environment) throws IOException {
    URI address = URI.create("https://" + host + ":" + server.getAddress().getPort());
    new MlflowTracker(service -> address, environment, Clock.systemUTC())
        .upload(RUN, "a.txt", Files.writeString(folder.resolve("a.txt"), "text"));
  }
}
