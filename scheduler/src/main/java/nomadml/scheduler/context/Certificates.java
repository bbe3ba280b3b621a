package nomadml.scheduler.context;

import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Pem;

/** The PEM files that servers' tools name as a TLS context of the JVM. */
final class Certificates {
  private Certificates() {}

  static SSLContext context(Server.Tls tls, String source) {
    try {
      return Pem.context(
          tls.skipVerify() ? Pem.trustAnyone() : Pem.trust(tls.caCert()),
          tls.clientCert(),
          tls.clientKey());
    } catch (IOException | GeneralSecurityException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't use the certificates of the server named by " + source + ": " + e.getMessage(),
          "they are PEM files, and a key is not encrypted: openssl pkey -in encrypted.pem",
          e);
    }
  }
}
