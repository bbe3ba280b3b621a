package nomadml.scheduler.nomad;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Pem;
import org.apache.http.conn.ssl.DefaultHostnameVerifier;

/** TLS from PEM files, with the server's name checked here and not by the HTTP clients. */
final class Tls {
  private Tls() {}

  static SSLContext context(NomadSettings settings) {
    try {
      String name = settings.tlsServerName();
      return Pem.context(
          settings.skipVerify()
              ? Pem.trustAnyone()
              : new Named(
                  Pem.trust(settings.caCert()), name == null ? settings.address().getHost() : name),
          settings.clientCert(),
          settings.clientKey());
    } catch (GeneralSecurityException | IOException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the certificates for Nomad at "
              + settings.address()
              + " can't be used: "
              + e.getMessage(),
          "NOMAD_CACERT, NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY name PEM files",
          e);
    }
  }

  /**
   * Trusts a chain that leads to an authority and ends in a certificate of the server's name.
   * Extended, so that Java adds no check of its own.
   */
  private static final class Named extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager chains;
    private final String name;

    Named(X509ExtendedTrustManager chains, String name) {
      this.chains = chains;
      this.name = name;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authentication)
        throws CertificateException {
      chains.checkServerTrusted(chain, authentication);
      try {
        new DefaultHostnameVerifier().verify(name, chain[0]);
      } catch (SSLException e) {
        throw new CertificateException(e.getMessage(), e);
      }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return chains.getAcceptedIssuers();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authentication, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, authentication);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authentication, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, authentication);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authentication)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authentication, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, authentication);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authentication, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, authentication);
    }
  }
}
