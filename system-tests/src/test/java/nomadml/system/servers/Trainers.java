package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * The folder in which a node finds the trainer and the model server this build made, as the
 * installing job lays them.
 */
final class Trainers {
  private Trainers() {}

  /**
   * Copies the built trainer into a cluster's folder, and points to the built model server; the
   * second node finds them there.
   */
  static Path lay(Folders folders) {
    Path trainers = folders.state("trainers");
    Path laid = trainers.resolve(Repository.VERSION);
    if (!Files.exists(laid)) {
      copy(built("trainer"), laid);
      link(folders.state("trainers/serving").resolve(Repository.VERSION), built("serving"));
    }
    return trainers;
  }

  private static Path built(String program) {
    Path built = Repository.file(program + "/target/" + program);
    if (!Files.isExecutable(built.resolve("bin/" + program))) {
      throw new IllegalStateException(
          program + " is not built: " + built + "\nhint: mvn package -DskipTests");
    }
    return built;
  }

  private static void link(Path link, Path target) {
    try {
      Files.createSymbolicLink(link, target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(
            file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
