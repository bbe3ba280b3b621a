package nomadml.scheduler.nomad;

import java.io.IOException;
import java.io.Reader;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.apache.http.conn.ssl.DefaultHostnameVerifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/** TLS from PEM files, with the server's name checked here and not by the HTTP clients. */
final class Tls {
  private static final char[] NO_PASSWORD = {};

  private Tls() {}

  static SSLContext context(NomadSettings settings) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      String name = settings.tlsServerName();
      context.init(
          keys(settings.clientCert(), settings.clientKey()),
          new TrustManager[] {
            settings.skipVerify()
                ? new Anyone()
                : new Named(
                    trusted(settings.caCert()), name == null ? settings.address().getHost() : name)
          },
          null);
      return context;
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

  private static KeyManager @Nullable [] keys(@Nullable Path certificate, @Nullable Path key)
      throws GeneralSecurityException, IOException {
    if (certificate == null || key == null) {
      return null;
    }
    KeyStore store = emptyStore();
    Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
    store.setKeyEntry("client", privateKey(key), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static X509ExtendedTrustManager trusted(@Nullable Path authorities)
      throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities == null ? null : storeOf(certificates(authorities)));
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }

  private static KeyStore storeOf(Collection<? extends Certificate> certificates)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (Certificate certificate : certificates) {
      store.setCertificateEntry("authority-" + store.size(), certificate);
    }
    return store;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    try (var pem = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(pem);
      if (found.isEmpty()) {
        throw new CertificateException(file + " holds no certificate");
      }
      return found;
    }
  }

  private static PrivateKey privateKey(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file);
        PEMParser pem = new PEMParser(text)) {
      for (Object part = pem.readObject(); part != null; part = pem.readObject()) {
        if (part instanceof PEMKeyPair pair) {
          return new JcaPEMKeyConverter().getKeyPair(pair).getPrivate();
        }
        if (part instanceof PrivateKeyInfo key) {
          return new JcaPEMKeyConverter().getPrivateKey(key);
        }
      }
      throw new IOException(file + " holds no unencrypted private key");
    }
  }

  /** Trusts a chain that leads to an authority and ends in a certificate of the server's name. */
  private static final class Named extends ServersOnly {
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
  }

  /** Trusts everyone, as {@code NOMAD_SKIP_VERIFY} asks. */
  private static final class Anyone extends ServersOnly {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authentication) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Extended, so that Java adds no check of its own. */
  private abstract static class ServersOnly extends X509ExtendedTrustManager {
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
