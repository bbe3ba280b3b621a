package nomadml.trainer.supervisor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt printed, kept for the run's artifacts: the newest two files of a bounded size,
 * and those of the attempts before it on this node. A disk that is full costs the log, never the
 * training.
 */
final class RunLog {
  private static final long BYTES = 8L << 20;

  /** Of earlier attempts; what came before was sent long ago. */
  private static final int EARLIER = 8;

  private final Path folder;

  private final Path current;
  private final Path previous;
  private @Nullable OutputStream out;
  private long size;
  private boolean ended;

  /**
   * @param earlier the attempt that wrote what is there; 0 when this one goes on with it
   */
  RunLog(Path folder, int earlier) throws IOException {
    this.folder = Files.createDirectories(folder);
    current = folder.resolve("log.txt");
    previous = folder.resolve("log.1.txt");
    if (earlier > 0) {
      setAside(previous, name(earlier, previous));
      setAside(current, name(earlier, current));
      List<Path> all = earlier();
      for (Path old : all.subList(0, Math.max(0, all.size() - EARLIER))) {
        Files.delete(old);
      }
    }
    size = Files.exists(current) ? Files.size(current) : 0;
  }

  /** A file's name among those of all attempts. */
  static String name(int attempt, Path file) {
    return "attempt-%03d%s".formatted(attempt, file.getFileName().toString().substring(3));
  }

  /** An attempt that was killed before it had a number leaves a second file of the one before. */
  private void setAside(Path file, String name) throws IOException {
    if (Files.exists(file)) {
      Path target = folder.resolve(name);
      if (Files.exists(target)) {
        Files.write(target, Files.readAllBytes(file), StandardOpenOption.APPEND);
        Files.delete(file);
      } else {
        Files.move(file, target);
      }
    }
  }

  /** The files of earlier attempts, the oldest first. */
  final List<Path> earlier() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("attempt-"))
          .sorted()
          .toList();
    }
  }

  synchronized void write(byte[] bytes, int from, int length) {
    if (ended) {
      return;
    }
    try {
      if (size + length > BYTES && size > 0) {
        close();
        Files.move(current, previous, StandardCopyOption.REPLACE_EXISTING);
        size = 0;
      }
      if (out == null) {
        out = Files.newOutputStream(current, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
      out.write(bytes, from, length);
      size += length;
    } catch (IOException e) {
      closeQuietly();
    }
  }

  /** The files there are, the newest first. */
  List<Path> files() {
    return Stream.of(current, previous).filter(Files::exists).toList();
  }

  /** Nothing is written any more: the files are to be sent. */
  synchronized void end() {
    ended = true;
    closeQuietly();
  }

  private void closeQuietly() {
    try {
      close();
    } catch (IOException e) {
      out = null;
    }
  }

  private void close() throws IOException {
    if (out != null) {
      OutputStream open = out;
      out = null;
      open.close();
    }
  }
}
