package nomadml.scheduler;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/** The PEM files that the HashiCorp tools name, as what the JVM's TLS is made of. */
public final class Pem {
  private static final char[] NO_PASSWORD = {};

  private Pem() {}

  /** Whom to trust: the authorities of a file, or the JVM's own. */
  public static X509ExtendedTrustManager trust(@Nullable Path authorities)
      throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities == null ? null : store(authorities));
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }

  /** Who we are: a certificate with its chain, and its key; nobody without both. */
  public static KeyManager @Nullable [] keys(@Nullable Path certificate, @Nullable Path key)
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

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    try (InputStream pem = Files.newInputStream(file)) {
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
}
