package nomadml.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nomadml.system.servers.Repository;

/** Job files of the tests, and the overrides that make the digits take longer. */
final class JobFiles {
  static final Path DIGITS = Repository.file("examples/digits.yaml");
  static final Path COMMAND = Repository.file("examples/command.yaml");

  private JobFiles() {}

  /**
   * Overrides of the digits: one image a step and six layers make an epoch take about half a
   * second, and every epoch is trained. One thread: several would wait for each other on a machine
   * that is busy.
   */
  static String[] slow(String name, int epochs, String... more) {
    return SubmitJob.joined(
        List.of(
            "--set", "name=" + name,
            "--set", "experiment=" + name,
            "--set", "register=",
            "--set", "train.epochs=" + epochs,
            "--set", "train.batch_size=1",
            "--set", "train.model.hidden=[64, 64, 64, 64, 64, 64]",
            "--set", "train.optimizer.learning_rate=1e-4",
            "--set", "train.early_stopping=",
            "--set", "env.OMP_NUM_THREADS=1"),
        more);
  }

  /** Writes a job file that runs a command, with more YAML lines. */
  static Path command(Path folder, String name, String command, String... more) {
    return write(
        folder,
        name + ".yaml",
        "name: %s\ncommand: %s\n%s\n".formatted(name, command, String.join("\n", more)));
  }

  static Path write(Path folder, String name, String content) {
    try {
      return Files.writeString(folder.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
