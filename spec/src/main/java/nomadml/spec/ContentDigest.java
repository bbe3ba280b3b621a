package nomadml.spec;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** The one SHA-256 that stands for all files of a folder. */
public final class ContentDigest {
  private ContentDigest() {}

  /**
   * The SHA-256 of what {@code sha256sum} prints for the files in the order of their paths.
   *
   * @param files the SHA-256 of each, by its path relative to the folder, with {@code /}
   */
  public static String ofFolder(Map<String, String> files) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(files)
        .forEach((path, sha256) -> lines.append(sha256).append("  ").append(path).append('\n'));
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(digest.digest(lines.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }
}
