package nomadml.trainer;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import nomadml.spec.ContentDigest;

/** SHA-256 in lower-case hex. */
public final class Sha256 {
  private Sha256() {}

  /** Begins one. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }

  /** Ends one. */
  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of a file, which may be larger than the memory. */
  public static String of(Path file) throws IOException {
    return ContentDigest.ofFile(file);
  }
}
