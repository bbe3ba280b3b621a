package nomadml.spec;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** PEM files, as servers' tools write and name them, as what the JVM's TLS is made of. */
public final class Pem {
  private static final char[] NO_PASSWORD = {};

  private Pem() {}

  /** A TLS client that trusts and shows what these say. */
  public static SSLContext context(
      TrustManager trusted, @Nullable Path certificate, @Nullable Path key)
      throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(certificate, key), new TrustManager[] {trusted}, new SecureRandom());
    return context;
  }

  /** Whom to trust: the authorities of a file, or the JVM's own. */
  public static X509ExtendedTrustManager trust(@Nullable Path authorities)
      throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities == null ? null : store(authorities));
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }

  /** Whom to trust where checks are switched off: everyone. */
  public static X509ExtendedTrustManager trustAnyone() {
    return new TrustAnyone();
  }

  /** Who we are: a certificate with its chain, and its key, perhaps in one file; nobody without. */
  public static KeyManager @Nullable [] keys(@Nullable Path certificate, @Nullable Path key)
      throws GeneralSecurityException, IOException {
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw new CertificateException(
          "a certificate and its key go together, and only one of them is named");
    }
    KeyStore store = emptyStore();
    Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
    store.setKeyEntry("client", PemBlock.privateKey(PemBlock.read(key), key), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore store(Path authorities) throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (Certificate certificate : certificates(authorities)) {
      store.setCertificateEntry("authority-" + store.size(), certificate);
    }
    return store;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static List<Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    List<Certificate> found = new ArrayList<>();
    for (PemBlock block : PemBlock.read(file)) {
      if (block.isCertificate()) {
        found.add(block.certificate());
      }
    }
    if (found.isEmpty()) {
      throw new CertificateException(file + " holds no certificate");
    }
    return found;
  }
}
