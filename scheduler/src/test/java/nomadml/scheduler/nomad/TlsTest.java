package nomadml.scheduler.nomad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server whose certificate is for {@code server.global.nomad}, as Nomad's own are. */
class TlsTest {
  private static final String NAME = "server.global.nomad";
  private static final String PASSWORD = "not-secret";

  @TempDir static Path folder;
  private static HttpsServer server;
  private static Path authority;

  @BeforeAll
  static void start() throws IOException, GeneralSecurityException, InterruptedException {
    Path store = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + NAME,
                "-ext",
                "san=dns:" + NAME,
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream stored = Files.newInputStream(store)) {
      keys.load(stored, PASSWORD.toCharArray());
    }
    authority = pem("authority.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    pem("key.pem", "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
    server = serve(keys);
  }

  private static HttpsServer serve(KeyStore keys) throws IOException, GeneralSecurityException {
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    HttpsServer started =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    started.setHttpsConfigurator(new HttpsConfigurator(context));
    started.createContext("/v1/jobs", exchange -> FakeNomad.status(200, "[]").give(exchange));
    started.start();
    return started;
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @Test
  void trustsAnAuthoritysCertificateOfTheExpectedName() {
    assertThat(cluster(authority, NAME, false).jobs()).isEmpty();
  }

  @Test
  void showsItsOwnCertificate() {
    NomadSettings settings =
        new NomadSettings(
            address(),
            null,
            null,
            null,
            authority,
            authority,
            folder.resolve("key.pem"),
            NAME,
            false,
            null);
    assertThat(NomadCluster.connect(settings).jobs()).isEmpty();
  }

  @Test
  void refusesAnotherName() {
    SchedulerFailure failure = failure(() -> cluster(authority, null, false).jobs());
    assertThat(failure).hasMessageContaining("127.0.0.1");
    assertThat(failure.hint()).contains("NOMAD_TLS_SERVER_NAME");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE);
  }

  @Test
  void refusesAnUnknownAuthority() {
    assertThat(failure(() -> cluster(null, NAME, false).jobs()).hint()).contains("NOMAD_CACERT");
  }

  @Test
  void acceptsAnythingWhenAskedTo() {
    assertThat(cluster(null, null, true).jobs()).isEmpty();
  }

  @Test
  void refusesAFileThatHoldsNoCertificate() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");
    SchedulerFailure failure = failure(() -> cluster(empty, NAME, false));
    assertThat(failure).hasMessageContaining("empty.pem holds no certificate");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void refusesAFileThatIsNotThere() {
    Path missing = folder.resolve("missing.pem");
    assertThat(failure(() -> cluster(missing, NAME, false))).hasMessageContaining("missing.pem");
  }

  @Test
  void saysThatPlainHttpIsSpokenThere() throws IOException {
    try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread answering =
          new Thread(
              () -> {
                try (var connection = plain.accept()) {
                  connection
                      .getOutputStream()
                      .write(
                          "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  // The test fails by the missing answer.
                }
              });
      answering.start();
      URI address = URI.create("https://127.0.0.1:" + plain.getLocalPort());
      NomadCluster cluster = NomadCluster.connect(NomadSettings.of(address));
      assertThat(failure(cluster::jobs).hint()).contains("plain http");
    }
  }

  private static NomadCluster cluster(
      @Nullable Path authority, @Nullable String name, boolean skip) {
    return NomadCluster.connect(
        new NomadSettings(address(), null, null, null, authority, null, null, name, skip, null));
  }

  private static URI address() {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  private static Path pem(String name, String kind, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.write(
        folder.resolve(name),
        List.of("-----BEGIN " + kind + "-----", text, "-----END " + kind + "-----"));
  }

  private static SchedulerFailure failure(ThrowingCallable call) {
    return catchThrowableOfType(SchedulerFailure.class, call);
  }
}
