package nomadml.spec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** The one SHA-256 that stands for all files of a folder. */
public final class ContentDigest {
  /** As {@code LC_ALL=C sort} does; strings compare by UTF-16. */
  private static final Comparator<String> BY_BYTES =
      Comparator.comparing(path -> path.getBytes(UTF_8), Arrays::compareUnsigned);

  private ContentDigest() {}

  /**
   * The SHA-256 of what {@code sha256sum} prints for the files in the bytewise order of their
   * paths.
   *
   * @param files the SHA-256 of each, by its path relative to the folder, with {@code /}
   */
  public static String ofFolder(Map<String, String> files) {
    Map<String, String> sorted = new TreeMap<>(BY_BYTES);
    sorted.putAll(files);
    MessageDigest digest = sha256();
    sorted.forEach((path, sha256) -> digest.update((sha256 + "  " + path + "\n").getBytes(UTF_8)));
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The SHA-256 of a file, which may be larger than the memory. */
  public static String ofFile(Path file) throws IOException {
    MessageDigest digest = sha256();
    Files.copy(file, new DigestOutputStream(OutputStream.nullOutputStream(), digest));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }
}
