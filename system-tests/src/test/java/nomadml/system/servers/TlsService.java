package nomadml.system.servers;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A service behind TLS with a certificate of its own making, which ends after so many days. */
public final class TlsService implements AutoCloseable {
  private static final String PASSWORD = "changeit";

  private final HttpsServer server;

  private TlsService(SSLContext tls) throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  /** Starts one as a service of a cluster, which it ends with. */
  public static void start(Cluster cluster, String name, int days) {
    try {
      TlsService service = new TlsService(tls(cluster.folders(), days));
      cluster.before(service::close);
      cluster.consul().registerTls(name, service.server.getAddress().getPort(), "/health");
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a server with TLS can't be started", e);
    }
  }

  private static SSLContext tls(Folders folders, int days)
      throws GeneralSecurityException, IOException {
    Path folder = folders.state("tls");
    Path store = folder.resolve("keys.p12");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-keyalg",
            "EC",
            "-alias",
            "service",
            "-dname",
            "CN=localhost",
            "-validity",
            Integer.toString(days),
            "-keystore",
            store.toString(),
            "-storepass",
            PASSWORD);
    RunningProgram made =
        RunningProgram.start("keytool", folders.log("keytool"), folder, Map.of(), command);
    if (made.awaitExit() != 0) {
      throw new IllegalStateException(made.output());
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    return tls;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
