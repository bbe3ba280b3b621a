package nomadml.scheduler.local;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs on PATH. */
final class Programs {
  private Programs() {}

  static Optional<Path> find(String name, Map<String, String> environment) {
    return Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(folder -> !folder.isBlank())
        .flatMap(folder -> path(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Stream<Path> path(String folder, String name) {
    try {
      return Stream.of(Path.of(folder, name));
    } catch (InvalidPathException e) {
      return Stream.empty();
    }
  }
}
