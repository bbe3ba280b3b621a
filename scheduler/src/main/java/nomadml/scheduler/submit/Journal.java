package nomadml.scheduler.submit;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;

/**
 * What this user submits, one file each, written and synced before anything is sent. A submission
 * whose process was killed is found again by its content and goes on under its id.
 */
public final class Journal {
  private static final int HASH_IN_NAME = 16;

  private final Path folder;

  public Journal(Path folder) {
    this.folder = folder;
  }

  /**
   * A submission.
   *
   * @param content SHA-256 of the cluster, the resolved job file and its inputs
   * @param registered whether the cluster has it: the same content is a new job from then on
   */
  public record Entry(
      String submissionId,
      String content,
      String jobId,
      @Nullable String runId,
      boolean registered) {
    Entry withRun(String run) {
      return new Entry(submissionId, content, jobId, run, registered);
    }

    Entry asRegistered() {
      return new Entry(submissionId, content, jobId, runId, true);
    }
  }

  /** An entry that no other process works on. */
  final class Claim implements AutoCloseable {
    private final FileChannel lock;
    private final boolean continued;
    private Entry entry;

    private Claim(Entry entry, boolean continued, FileChannel lock) {
      this.entry = entry;
      this.continued = continued;
      this.lock = lock;
    }

    Entry entry() {
      return entry;
    }

    /** Whether an earlier process began it. */
    boolean isContinued() {
      return continued;
    }

    void write(Entry next) {
      entry = next;
      store(next);
    }

    @Override
    public void close() {
      try {
        if (entry.registered() || !Files.exists(folder.resolve(name(entry) + ".json"))) {
          Files.deleteIfExists(lockFile(entry));
        }
        lock.close();
      } catch (IOException e) {
        throw failed("unlock", e);
      }
    }
  }

  /** The unfinished submission of this content that no living process works on, else a new one. */
  Claim claim(String content, String name, @Nullable String jobId) {
    try {
      Files.createDirectories(folder);
      for (Path file : files(content)) {
        Optional<Claim> found = reclaim(file, content);
        if (found.isPresent()) {
          return found.get();
        }
      }
      String id = UUID.randomUUID().toString().replace("-", "");
      String job = jobId == null ? name + "-" + id.substring(0, 8) : jobId;
      Entry entry = new Entry(id, content, job, null, false);
      FileChannel lock = open(lockFile(entry));
      lock.lock();
      return new Claim(entry, false, lock);
    } catch (IOException e) {
      throw failed("write to", e);
    }
  }

  private Optional<Claim> reclaim(Path file, String content) throws IOException {
    Entry entry = read(file);
    if (entry == null || entry.registered() || !entry.content().equals(content)) {
      return Optional.empty();
    }
    FileChannel channel = open(lockFile(entry));
    Entry now = isFree(channel) ? read(file) : null;
    if (now == null || now.registered()) {
      channel.close();
      return Optional.empty();
    }
    return Optional.of(new Claim(now, true, channel));
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // This process works on it.
    }
  }

  private List<Path> files(String content) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix(content)))
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .toList();
    }
  }

  /** A torn file is no entry: what it stood for had not begun. */
  private static @Nullable Entry read(Path file) throws IOException {
    try {
      return Json.MAPPER.readValue(file.toFile(), Entry.class);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private void store(Entry entry) {
    Path file = folder.resolve(name(entry) + ".json");
    Path next = folder.resolve(name(entry) + ".new");
    try {
      try (FileChannel channel =
          FileChannel.open(
              next,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(Json.MAPPER.writeValueAsBytes(entry)));
        channel.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(folder)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw failed("write to", e);
    }
  }

  private Path lockFile(Entry entry) {
    return folder.resolve(name(entry) + ".lock");
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static String name(Entry entry) {
    return prefix(entry.content()) + entry.submissionId();
  }

  private static String prefix(String content) {
    return content.substring(0, HASH_IN_NAME) + "-";
  }

  private SchedulerFailure failed(String what, IOException cause) {
    return new SchedulerFailure(
        ExitCode.INTERNAL_ERROR,
        "can't " + what + " the submission journal in " + folder + ": " + cause,
        "set NOMAD_ML_STATE to a folder of yours with free space",
        cause);
  }
}
