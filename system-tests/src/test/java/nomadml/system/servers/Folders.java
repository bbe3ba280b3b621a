package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folders of one cluster: short-lived state where paths are short enough for Nomad's sockets,
 * logs in {@code target}.
 */
public final class Folders implements AutoCloseable {
  private final String name;
  private final Path state;

  Folders(String name) {
    this.name = name;
    try {
      state = Files.createTempDirectory("nomad-ml-");
      delete(Repository.logs(name));
      Files.createDirectories(Repository.logs(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new folder for state. */
  public Path state(String folder) {
    try {
      return Files.createDirectories(state.resolve(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a file of configuration. */
  public Path write(String file, String content) {
    Path path = state.resolve(file);
    try {
      Files.createDirectories(path.getParent());
      return Files.writeString(path, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A log that is kept after the tests. */
  public Path log(String program) {
    return Repository.logs(name).resolve(program + ".log");
  }

  /** Keeps what the tasks printed, then deletes all state. */
  @Override
  public void close() {
    try {
      keepTaskLogs();
      unmount();
      delete(state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void keepTaskLogs() throws IOException {
    try (Stream<Path> files = Files.find(state, 7, (path, attributes) -> isTaskLog(path))) {
      for (Path file : files.toList()) {
        Path allocation = state.relativize(file).getName(3);
        Files.copy(file, log("task-" + allocation + "." + file.getFileName()));
      }
    }
  }

  private boolean isTaskLog(Path path) {
    return state.relativize(path).toString().matches(".+/alloc/.+/alloc/logs/.+\\.std.+\\.\\d+");
  }

  /** A Nomad client that was killed leaves its tasks' mounts. */
  private void unmount() throws IOException {
    List<String> mounts =
        Files.readAllLines(Path.of("/proc/mounts")).stream()
            .map(line -> line.split(" ", 3)[1])
            .filter(mount -> mount.startsWith(state + "/"))
            .sorted(Comparator.reverseOrder())
            .toList();
    for (String mount : mounts) {
      Process umount = new ProcessBuilder("umount", "-l", mount).inheritIO().start();
      umount.onExit().join();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
