package nomadml.trainer.consul;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLContext;
import org.apache.http.conn.ssl.NoopHostnameVerifier;
import org.apache.http.conn.ssl.SSLConnectionSocketFactory;
import org.apache.http.ssl.SSLContextBuilder;
import org.jspecify.annotations.Nullable;

/** Token and certificates for Consul, from the variables that HashiCorp's tools read. */
final class Credentials {
  private static final char[] NO_PASSWORD = {};

  private Credentials() {}

  /** CONSUL_HTTP_TOKEN, else the content of CONSUL_HTTP_TOKEN_FILE, else none. */
  static String token(Map<String, String> environment) throws IOException {
    String token = environment.getOrDefault("CONSUL_HTTP_TOKEN", "");
    String file = environment.getOrDefault("CONSUL_HTTP_TOKEN_FILE", "");
    return token.isBlank() && !file.isBlank()
        ? Files.readString(Path.of(file)).strip()
        : token.strip();
  }

  /** TLS by CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY and CONSUL_HTTP_SSL_VERIFY. */
  static SSLConnectionSocketFactory socketFactory(Map<String, String> environment)
      throws IOException {
    boolean verify =
        !environment.getOrDefault("CONSUL_HTTP_SSL_VERIFY", "true").equalsIgnoreCase("false");
    HostnameVerifier names =
        verify
            ? SSLConnectionSocketFactory.getDefaultHostnameVerifier()
            : NoopHostnameVerifier.INSTANCE;
    try {
      return new SSLConnectionSocketFactory(context(environment, verify), names);
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the certificates for Consul can't be used: %s\nhint: CONSUL_CACERT, CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY must name PEM files, the key unencrypted (PKCS #8)"
              .formatted(e.getMessage()),
          e);
    }
  }

  private static SSLContext context(Map<String, String> environment, boolean verify)
      throws IOException, GeneralSecurityException {
    SSLContextBuilder context = SSLContextBuilder.create();
    @Nullable String authority = environment.get("CONSUL_CACERT");
    if (!verify) {
      context.loadTrustMaterial(null, (chain, type) -> true);
    } else if (authority != null && !authority.isBlank()) {
      KeyStore trusted = emptyStore();
      int number = 0;
      for (Certificate certificate : certificates(Path.of(authority))) {
        trusted.setCertificateEntry("authority-" + number++, certificate);
      }
      context.loadTrustMaterial(trusted, null);
    }
    @Nullable String own = environment.get("CONSUL_CLIENT_CERT");
    @Nullable String key = environment.get("CONSUL_CLIENT_KEY");
    if (own != null && key != null && !own.isBlank() && !key.isBlank()) {
      Certificate[] chain = certificates(Path.of(own)).toArray(new Certificate[0]);
      KeyStore store = emptyStore();
      store.setKeyEntry("own", privateKey(Path.of(key)), NO_PASSWORD, chain);
      context.loadKeyMaterial(store, NO_PASSWORD);
    }
    return context.build();
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream pem = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(pem);
    }
  }

  private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
    PKCS8EncodedKeySpec key;
    try {
      key = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException(file + " is no PEM file", e);
    }
    for (String algorithm : List.of("EC", "RSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(key);
      } catch (InvalidKeySpecException e) {
        // The other kind, perhaps.
      }
    }
    throw new InvalidKeySpecException(file + " is no unencrypted PKCS #8 key");
  }
}
