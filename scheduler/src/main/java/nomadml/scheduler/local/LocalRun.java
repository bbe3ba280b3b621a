package nomadml.scheduler.local;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster.Stream;
import nomadml.scheduler.submit.Job;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.TaskExit;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a run on this machine: the supervisor's own, and what the scheduler keeps in it.
 */
final class LocalRun {
  private static final int LAST_LINES = 64 << 10;

  private final Path folder;

  LocalRun(Path folder) {
    this.folder = folder;
  }

  /** What was submitted. */
  record Submission(
      String submissionId,
      String name,
      String experiment,
      @Nullable String runId,
      int priority,
      long submitted) {}

  Path folder() {
    return folder;
  }

  String id() {
    return String.valueOf(folder.getFileName());
  }

  Path jobFile() {
    return folder.resolve("job.json");
  }

  Path output(Stream stream) {
    return folder.resolve(stream == Stream.STDOUT ? "stdout" : "stderr");
  }

  RunProcess process() {
    return new RunProcess(folder.resolve("process"));
  }

  Optional<Submission> submission() throws IOException {
    Path file = folder.resolve("submission.json");
    return Files.exists(file)
        ? Optional.of(Json.MAPPER.readValue(file.toFile(), Submission.class))
        : Optional.empty();
  }

  /** Written last, so that a folder with a submission is whole. */
  void write(Submission submission, String jobFile) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(jobFile(), jobFile);
    Path next = folder.resolve("submission.json.new");
    Files.writeString(next, Json.MAPPER.writeValueAsString(submission));
    Files.move(next, folder.resolve("submission.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  void markStopped() throws IOException {
    Files.writeString(stoppedFile(), "");
  }

  void markResumed() throws IOException {
    Files.deleteIfExists(stoppedFile());
  }

  boolean isStopped() {
    return Files.exists(stoppedFile());
  }

  private Path stoppedFile() {
    return folder.resolve("stopped");
  }

  Job job(Submission submission) {
    return new Job(
        id(),
        "local",
        submission.name(),
        submission.experiment(),
        submission.submissionId(),
        submission.runId(),
        false,
        process().running().isPresent() ? Job.Phase.RUNNING : Job.Phase.DEAD,
        isStopped(),
        submission.priority(),
        Instant.ofEpochMilli(submission.submitted()),
        List.of());
  }

  Allocation allocation(Submission submission, String machine) {
    boolean running = process().running().isPresent();
    Integer exitCode = running ? null : exitCode();
    return new Allocation(
        id(),
        id(),
        "local",
        machine,
        machine,
        status(running, exitCode),
        isStopped() ? "stop" : "run",
        isStopped() ? "submit-job stop" : "",
        false,
        exitCode,
        null,
        Instant.ofEpochMilli(submission.submitted()),
        running || exitCode != null
            ? List.of()
            : List.of(
                new Allocation.Event(
                    "Terminated",
                    Instant.ofEpochMilli(submission.submitted()),
                    "the supervisor's process is gone without a verdict; see "
                        + output(Stream.STDERR),
                    false)));
  }

  private Allocation.Status status(boolean running, @Nullable Integer exitCode) {
    if (running) {
      return Allocation.Status.RUNNING;
    }
    if (!process().wasStarted()) {
      return Allocation.Status.PENDING;
    }
    boolean complete =
        exitCode != null && (exitCode == TaskExit.DONE || exitCode == TaskExit.RESUMABLE);
    return complete ? Allocation.Status.COMPLETE : Allocation.Status.FAILED;
  }

  /** As the last progress line has it: nobody may have waited for the process. */
  private @Nullable Integer exitCode() {
    return lastProgress()
        .map(Progress::kind)
        .map(
            kind ->
                switch (kind) {
                  case FINISHED -> TaskExit.DONE;
                  case FAILED -> TaskExit.FAILED;
                  case STOPPED -> TaskExit.RESUMABLE;
                  default -> null;
                })
        .orElse(null);
  }

  private Optional<Progress> lastProgress() {
    try (RandomAccessFile file = new RandomAccessFile(output(Stream.STDOUT).toFile(), "r")) {
      long start = Math.max(0, file.length() - LAST_LINES);
      byte[] end = new byte[(int) (file.length() - start)];
      file.seek(start);
      file.readFully(end);
      return new String(end, StandardCharsets.UTF_8)
          .lines()
          .flatMap(line -> ProgressLine.read(line).stream())
          .reduce((earlier, later) -> later);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
