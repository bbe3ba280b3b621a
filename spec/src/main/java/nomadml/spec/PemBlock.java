package nomadml.spec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One block of a PEM file.
 *
 * @param kind what stands after {@code BEGIN}: {@code CERTIFICATE}, {@code EC PRIVATE KEY} …
 * @param text what stands between {@code BEGIN} and {@code END}
 */
record PemBlock(String kind, String text) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "Ed25519", "Ed448");

  static List<PemBlock> read(Path file) throws IOException {
    List<PemBlock> blocks = new ArrayList<>();
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    while (matcher.find()) {
      blocks.add(new PemBlock(matcher.group(1), matcher.group(2)));
    }
    return blocks;
  }

  boolean isCertificate() {
    return kind.equals("CERTIFICATE") || kind.equals("X509 CERTIFICATE");
  }

  Certificate certificate() throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(content()));
  }

  /** The first private key among a file's blocks. */
  static PrivateKey privateKey(List<PemBlock> blocks, Path file) throws GeneralSecurityException {
    for (PemBlock block : blocks) {
      if (block.kind().endsWith("PRIVATE KEY")) {
        if (block.kind().startsWith("ENCRYPTED") || block.text().contains("ENCRYPTED")) {
          throw new InvalidKeySpecException("the private key in " + file + " is encrypted");
        }
        return block.privateKey(file);
      }
    }
    throw new InvalidKeySpecException(file + " holds no private key");
  }

  private PrivateKey privateKey(Path file) throws GeneralSecurityException {
    byte[] pkcs8 =
        switch (kind) {
          case "EC PRIVATE KEY" -> PrivateKeyInfo.ofSec1(content());
          case "RSA PRIVATE KEY" -> PrivateKeyInfo.ofPkcs1(content());
          default -> content();
        };
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        // Of another algorithm, perhaps.
      }
    }
    throw new InvalidKeySpecException(
        "the private key in " + file + " is of none of " + String.join(", ", ALGORITHMS));
  }

  private byte[] content() throws InvalidKeySpecException {
    try {
      return Base64.getMimeDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException("a block " + kind + " is not base64", e);
    }
  }
}
