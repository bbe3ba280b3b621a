package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.Objects;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With the files of {@code consul tls cert create} and openssl in {@code pem/}, all made up. */
class PemTest {
  private static final String CERTIFICATE = "consul-client.pem";

  @TempDir Path folder;

  @Test
  void readsTheKeyAsConsulsToolWritesIt() throws Exception {
    assertThat(Files.readString(file("consul-client-key.pem"))).contains("BEGIN EC PRIVATE KEY");
    ECPrivateKey key = (ECPrivateKey) key(CERTIFICATE, "consul-client-key.pem");
    ECPrivateKey same = (ECPrivateKey) key(CERTIFICATE, "consul-client-key-pkcs8.pem");
    assertThat(key.getS()).isEqualTo(same.getS());
    assertThat(key.getParams()).isEqualTo(same.getParams());
  }

  @ParameterizedTest
  @CsvSource({"rsa.pem, rsa-key-pkcs1.pem", "rsa.pem, rsa-key-pkcs8.pem", "rsa.pem, rsa-both.pem"})
  void readsRsaKeysOldAndNew(String certificate, String key) throws Exception {
    assertThat(key(certificate, key)).isInstanceOf(RSAPrivateKey.class);
    assertThat(key(certificate, key)).isEqualTo(key(certificate, "rsa-key-pkcs8.pem"));
  }

  @Test
  void readsCertificateAndKeyOfOneFile() throws Exception {
    assertThat(key("rsa-both.pem", "rsa-both.pem")).isInstanceOf(RSAPrivateKey.class);
  }

  @Test
  void trustsEveryAuthorityOfAFile() throws Exception {
    Path two = folder.resolve("two.pem");
    Files.writeString(two, read(CERTIFICATE) + "comment\n" + read("rsa.pem"));
    assertThat(Pem.trust(two).getAcceptedIssuers()).hasSize(2);
    assertThat(Pem.trust(null).getAcceptedIssuers()).hasSizeGreaterThan(2);
  }

  @Test
  void saysThatAKeyIsEncrypted() {
    for (String key : new String[] {"rsa-key-encrypted.pem", "rsa-key-encrypted-old.pem"}) {
      assertThatThrownBy(() -> key("rsa.pem", key))
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining(key + " is encrypted");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n"})
  void saysThatThereIsNoKey(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("some.pem"), text);
    assertThatThrownBy(() -> Pem.keys(file(CERTIFICATE), file))
        .hasMessageContaining("some.pem holds no private key");
    assertThatThrownBy(() -> Pem.trust(file)).hasMessageContaining("some.pem holds no certificate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AAAA", "MAA=", "MIIBCgKC", "MAUCAQEEAA=="})
  void saysThatAnEcKeyIsNone(String content) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("torn.pem"),
            "-----BEGIN EC PRIVATE KEY-----\n" + content + "\n-----END EC PRIVATE KEY-----\n");
    assertThatThrownBy(() -> Pem.keys(file(CERTIFICATE), file))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("EC key");
  }

  @Test
  void saysThatAFileIsNotThere() {
    assertThatThrownBy(() -> Pem.trust(folder.resolve("missing.pem")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing.pem: there is no such file");
  }

  @Test
  void refusesACertificateWithoutItsKey() {
    assertThatThrownBy(() -> Pem.keys(file(CERTIFICATE), null))
        .hasMessageContaining("only one of them is named");
  }

  private static PrivateKey key(String certificate, String key) throws Exception {
    var managers = Objects.requireNonNull(Pem.keys(file(certificate), file(key)));
    return ((X509ExtendedKeyManager) managers[0]).getPrivateKey("client");
  }

  private static String read(String name) throws IOException {
    return Files.readString(file(name));
  }

  private static Path file(String name) {
    return Path.of("src/test/resources/pem", name);
  }
}
