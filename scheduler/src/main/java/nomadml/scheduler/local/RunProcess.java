package nomadml.scheduler.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The supervisor of a run as a process that outlives the command that started it. It writes its own
 * id down before it begins, so whoever started it may be killed at any moment.
 */
final class RunProcess {
  private static final Duration START = Duration.ofSeconds(10);
  private static final String WRITE_ID_THEN_RUN =
      "trap '' INT HUP; echo $$ >\"$0.new\" && mv \"$0.new\" \"$0\" && exec \"$@\"";

  private final Path idFile;

  RunProcess(Path idFile) {
    this.idFile = idFile;
  }

  /** Starts a command in a session of its own and waits until its id is written. */
  void start(List<String> command, Map<String, String> environment, Path folder, Path out, Path err)
      throws IOException {
    Files.deleteIfExists(idFile);
    List<String> all = new ArrayList<>();
    Optional<Path> setsid = Programs.find("setsid", environment);
    setsid.ifPresent(program -> all.add(program.toString()));
    all.addAll(List.of("sh", "-c", WRITE_ID_THEN_RUN, idFile.toString()));
    all.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(all)
            .directory(folder.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(err.toFile()));
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    long end = System.nanoTime() + START.toNanos();
    while (!Files.exists(idFile) && process.isAlive() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
    if (!Files.exists(idFile)) {
      throw new IOException("its process ended before it began; see " + err);
    }
  }

  boolean wasStarted() {
    return Files.exists(idFile);
  }

  /** The process, while it runs. A process that got its id later is another one. */
  Optional<ProcessHandle> running() {
    try {
      long id = Long.parseLong(Files.readString(idFile).strip());
      Instant written = Files.getLastModifiedTime(idFile).toInstant();
      return ProcessHandle.of(id)
          .filter(ProcessHandle::isAlive)
          .filter(process -> !isZombie(id))
          .filter(process -> !startedAfter(process, written));
    } catch (NoSuchFileException | NumberFormatException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean startedAfter(ProcessHandle process, Instant moment) {
    Instant limit = moment.plusSeconds(5);
    return process.info().startInstant().filter(start -> start.isAfter(limit)).isPresent();
  }

  /** In a container nobody may collect a process whose parent is gone. */
  private static boolean isZombie(long id) {
    try {
      String state =
          Files.readString(Path.of("/proc/" + id + "/stat"), StandardCharsets.ISO_8859_1);
      return state.substring(state.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }
}
