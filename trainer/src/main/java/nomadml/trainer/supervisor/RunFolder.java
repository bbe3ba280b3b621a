package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import nomadml.spec.Json;
import nomadml.spec.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The folder that outlives restarts of the task. One supervisor at a time uses it; what it writes
 * is complete or not there.
 */
public final class RunFolder implements AutoCloseable {
  static final String ATTEMPTS = "attempts";
  private static final String REPORTED = "reported";

  private final Path path;
  private final FileChannel lock;

  private RunFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Opens and locks a run's folder. Throws when it can't be used or another process uses it. */
  public static RunFolder open(Path path) throws IOException {
    FileChannel channel;
    try {
      Files.createDirectories(path);
      channel =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException(
          "the run's folder can't be used: %s\nhint: it must be writable and have resources.disk free"
              .formatted(e),
          e);
    }
    if (!locked(channel)) {
      channel.close();
      throw new IOException(
          "another supervisor works in %s\nhint: stop it first, or wait for it".formatted(path));
    }
    return new RunFolder(path, channel);
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  public Path path() {
    return path;
  }

  /** A file or folder in it, as the architecture names them. */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  Path checkpoints() {
    return path.resolve("checkpoints");
  }

  Path model() {
    return path.resolve("model");
  }

  Path inputs() {
    return path.resolve("inputs");
  }

  Path jobFile() {
    return path.resolve("job.json");
  }

  /** The job whose data and model lie below the inputs. */
  Path workerJobFile() {
    return path.resolve("worker.json");
  }

  Optional<Verdict> verdict() throws IOException {
    return read(Verdict.FILE, Verdict.class);
  }

  void write(Verdict verdict) throws IOException {
    write(Verdict.FILE, Json.MAPPER.writeValueAsString(verdict));
  }

  AttemptLog attempts() throws IOException {
    return read(ATTEMPTS, AttemptLog.class).orElse(AttemptLog.NONE);
  }

  void write(AttemptLog attempts) throws IOException {
    write(ATTEMPTS, Json.MAPPER.writeValueAsString(attempts));
  }

  /** Whether everything the run had to tell is where it belongs. */
  boolean isReported() {
    return Files.exists(path.resolve(REPORTED));
  }

  void reported() throws IOException {
    write(REPORTED, "");
  }

  /** Writes a small file: synced, then renamed over the old one. */
  void write(String name, String content) throws IOException {
    Path unfinished = path.resolve("." + name + ".unfinished");
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        unfinished,
        path.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    Path file = path.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      @Nullable T value = Json.MAPPER.readValue(Files.readString(file), type);
      return Optional.ofNullable(value);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s can't be read: %s\nhint: it is written by another version or damaged; remove it to begin anew"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
