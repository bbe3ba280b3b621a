package nomadml.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What tells whether two model folders are the same: {@code sha256:} and the {@link ContentDigest}
 * of the files, without the one MLflow adds when it fetches a registered model.
 */
public final class ModelDigest {
  private static final String PREFIX = "sha256:";
  private static final String ADDED_BY_MLFLOW = "registered_model_meta";

  private ModelDigest() {}

  /**
   * Of files that are listed.
   *
   * @param files the SHA-256 of each, by its path relative to the folder, with {@code /}
   */
  public static String of(Map<String, String> files) {
    Map<String, String> own = new HashMap<>(files);
    own.remove(ADDED_BY_MLFLOW);
    return PREFIX + ContentDigest.ofFolder(own);
  }

  /** Of a folder on this disk: the files that are uploaded of it. */
  public static String of(Path folder) throws IOException {
    Map<String, String> files = new HashMap<>();
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        files.put(
            folder.relativize(file).toString().replace('\\', '/'), ContentDigest.ofFile(file));
      }
    }
    return of(files);
  }
}
