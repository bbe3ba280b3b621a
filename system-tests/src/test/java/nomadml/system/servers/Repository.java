package nomadml.system.servers;

import java.nio.file.Path;

/** Where the tree under test lies, and what its build made. */
public final class Repository {
  public static final Path ROOT =
      Path.of(System.getProperty("nomadml.repository", "..")).toAbsolutePath().normalize();

  public static final String VERSION = System.getProperty("nomadml.version", "0.1.0-SNAPSHOT");

  private Repository() {}

  /** A file of the tree. */
  public static Path file(String path) {
    return ROOT.resolve(path);
  }

  /** The cache outside the tree that {@code tools/install} uses. */
  public static Path cache() {
    String named = System.getenv("NOMAD_ML_CACHE");
    if (named != null && !named.isEmpty()) {
      return Path.of(named);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    return caches != null && !caches.isEmpty()
        ? Path.of(caches, "nomad-ml")
        : Path.of(System.getProperty("user.home"), ".cache", "nomad-ml");
  }

  /** Where the logs of a test class are kept after it. */
  static Path logs(String name) {
    return file("system-tests/target/servers").resolve(name);
  }
}
