package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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

  /** The content of a file of the tree. */
  public static String text(String path) {
    try {
      return Files.readString(file(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files of a folder of the tree whose names end so, in order. */
  public static List<Path> files(String folder, String ending) {
    try (Stream<Path> files = Files.list(file(folder))) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
