package nomadml.scheduler.context;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import nomadml.scheduler.Pem;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/** The PEM files of the HashiCorp tools as a TLS context of the JVM. */
final class Certificates {
  private Certificates() {}

  static SSLContext context(Server.Tls tls, String source) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager trusted = tls.skipVerify() ? new TrustEverybody() : Pem.trust(tls.caCert());
      context.init(Pem.keys(tls.clientCert(), tls.clientKey()), new TrustManager[] {trusted}, null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't use the certificates of the server named by " + source + ": " + e.getMessage(),
          "they are PEM files, and a key is not encrypted: openssl pkey -in encrypted.pem",
          e);
    }
  }

  /**
   * What {@code SKIP_VERIFY} asks for; the extended kind, or the JVM checks the name all the same.
   */
  private static final class TrustEverybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
