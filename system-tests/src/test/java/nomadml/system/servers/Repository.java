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

  /** Where the logs of a test class are kept after it. */
  static Path logs(String name) {
    return file("system-tests/target/servers").resolve(name);
  }
}
