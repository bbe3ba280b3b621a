package nomadml.scheduler.context;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** The PEM files of the HashiCorp tools as a TLS context of the JVM. */
final class Certificates {
  private static final char[] NO_PASSWORD = new char[0];
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

  private Certificates() {}

  static SSLContext context(Server.Tls tls, String source) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(tls.clientCert(), tls.clientKey()), trust(tls), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't use the certificates of the server named by " + source + ": " + e.getMessage(),
          "they are PEM files; a key begins with BEGIN PRIVATE KEY: openssl pkcs8 -topk8 -nocrypt",
          e);
    }
  }

  private static TrustManager @Nullable [] trust(Server.Tls tls)
      throws IOException, GeneralSecurityException {
    if (tls.skipVerify()) {
      return new TrustManager[] {new TrustEverybody()};
    }
    Path caCert = tls.caCert();
    if (caCert == null) {
      return null;
    }
    KeyStore store = empty();
    for (Certificate certificate : certificates(caCert)) {
      store.setCertificateEntry("ca-" + store.size(), certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager @Nullable [] keys(@Nullable Path certificate, @Nullable Path key)
      throws IOException, GeneralSecurityException {
    if (certificate == null || key == null) {
      return null;
    }
    KeyStore store = empty();
    Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
    store.setKeyEntry("client", privateKey(key), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher key = KEY.matcher(Files.readString(file));
    if (!key.find()) {
      throw new InvalidKeySpecException(file + " holds no BEGIN PRIVATE KEY");
    }
    PKCS8EncodedKeySpec encoded =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1)));
    try {
      return KeyFactory.getInstance("EC").generatePrivate(encoded);
    } catch (InvalidKeySpecException e) {
      return KeyFactory.getInstance("RSA").generatePrivate(encoded);
    }
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream content = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(content);
    }
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
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
