package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.net.ssl.SSLContext;

/** A folder with server.crt and server.key for 127.0.0.1, of an authority of its own. */
public final class ServerCertificate {
  private final Certificates certificates;
  private int made;

  public ServerCertificate(Cluster cluster, String name) {
    certificates = new Certificates(cluster.folders(), name);
    certificates.consul("ca", "create");
    renew();
  }

  public Path folder() {
    return certificates.folder();
  }

  /** Lays a new certificate and its key in place of the old. */
  public void renew() {
    certificates.consul("cert", "create", "-server", "-additional-ipaddress=127.0.0.1");
    String name = "dc1-server-consul-" + made++;
    lay(name + ".pem", "server.crt");
    lay(name + "-key.pem", "server.key");
  }

  private void lay(String file, String as) {
    try {
      Files.copy(folder().resolve(file), folder().resolve(as), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** TLS that trusts its authority. */
  public SSLContext context() {
    return certificates.context("consul-agent-ca.pem");
  }
}
