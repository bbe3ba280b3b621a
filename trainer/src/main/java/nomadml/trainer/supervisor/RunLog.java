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
 * What the worker printed, kept for the run's artifacts: the newest two files of a bounded size. A
 * disk that is full costs the log, never the training.
 */
final class RunLog {
  private static final long BYTES = 8L << 20;

  private final Path current;
  private final Path previous;
  private @Nullable OutputStream out;
  private long size;
  private boolean ended;

  RunLog(Path folder) throws IOException {
    Files.createDirectories(folder);
    current = folder.resolve("log.txt");
    previous = folder.resolve("log.1.txt");
    size = Files.exists(current) ? Files.size(current) : 0;
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
