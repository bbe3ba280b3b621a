package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** The folder in which a node finds the trainer this build made, as the installing job lays it. */
final class Trainers {
  private Trainers() {}

  /** Copies the built trainer into a cluster's folder; the second node finds it there. */
  static Path lay(Folders folders) {
    Path built = Repository.file("trainer/target/trainer");
    if (!Files.isExecutable(built.resolve("bin/trainer"))) {
      throw new IllegalStateException(
          "the trainer is not built: " + built + "\nhint: mvn package -DskipTests");
    }
    Path trainers = folders.state("trainers");
    Path laid = trainers.resolve(Repository.VERSION);
    if (!Files.exists(laid)) {
      copy(built, laid);
    }
    return trainers;
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
