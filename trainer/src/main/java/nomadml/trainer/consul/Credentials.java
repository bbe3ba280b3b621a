package nomadml.trainer.consul;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLContext;
import nomadml.spec.Pem;
import org.apache.http.conn.ssl.NoopHostnameVerifier;
import org.apache.http.conn.ssl.SSLConnectionSocketFactory;
import org.jspecify.annotations.Nullable;

/** Token and certificates for Consul, from the variables that HashiCorp's tools read. */
final class Credentials {
  private Credentials() {}

  /** CONSUL_HTTP_TOKEN, else the content of CONSUL_HTTP_TOKEN_FILE, else none. */
  static String token(Map<String, String> environment) throws IOException {
    String token = environment.getOrDefault("CONSUL_HTTP_TOKEN", "");
    String file = environment.getOrDefault("CONSUL_HTTP_TOKEN_FILE", "");
    return token.isBlank() && !file.isBlank()
        ? Files.readString(Path.of(file)).strip()
        : token.strip();
  }

  /** TLS by CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY and so on. */
  static SSLConnectionSocketFactory socketFactory(Map<String, String> environment)
      throws IOException {
    boolean verify =
        !environment.getOrDefault("CONSUL_HTTP_SSL_VERIFY", "true").equalsIgnoreCase("false");
    try {
      return new SSLConnectionSocketFactory(
          context(environment, verify),
          verify
              ? names(environment.getOrDefault("CONSUL_TLS_SERVER_NAME", ""))
              : NoopHostnameVerifier.INSTANCE);
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(
          "the certificates for Consul can't be used: %s\nhint: CONSUL_CACERT, CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY must name PEM files, the key unencrypted"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** By the name that is expected in the certificate, where it is not the address's. */
  private static HostnameVerifier names(String expected) {
    HostnameVerifier usual = SSLConnectionSocketFactory.getDefaultHostnameVerifier();
    return expected.isBlank() ? usual : (host, session) -> usual.verify(expected, session);
  }

  private static SSLContext context(Map<String, String> environment, boolean verify)
      throws IOException, GeneralSecurityException {
    return Pem.context(
        verify ? Pem.trust(path(environment, "CONSUL_CACERT")) : Pem.trustAnyone(),
        path(environment, "CONSUL_CLIENT_CERT"),
        path(environment, "CONSUL_CLIENT_KEY"));
  }

  private static @Nullable Path path(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    return value.isBlank() ? null : Path.of(value);
  }
}
