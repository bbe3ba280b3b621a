package nomadml.trainer.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.ByteSize;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.trainer.Jobs;
import org.jspecify.annotations.Nullable;

/** The worker as a process of its own, which writes into {@code checkpoints} and {@code model}. */
final class WorkerProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;

  private WorkerProcess(Process process) {
    this.process = process;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static WorkerProcess start(Jobs job, Path data, Path folder) throws IOException {
    Files.createDirectories(folder);
    Path jobFile = folder.resolve("job.json");
    Json.MAPPER.writeValue(
        jobFile.toFile(),
        new JobFile(
            "digits",
            "digits",
            job.build(),
            null,
            List.of(),
            null,
            null,
            Map.of(),
            Map.of(),
            new JobFile.Resources(1000, new ByteSize(1 << 30), new ByteSize(1 << 30), null),
            new JobFile.Retry(1, List.of()),
            null,
            null,
            50,
            new JobFile.Placement(null, null, List.of("*"), List.of()),
            null,
            List.of(),
            JsonNodeFactory.instance.objectNode()));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "train",
            "--job-file",
            jobFile.toString(),
            "--data-folder",
            data.toAbsolutePath().toString(),
            "--checkpoints",
            folder.resolve("checkpoints").toString(),
            "--model-folder",
            folder.resolve("model").toString());
    return new WorkerProcess(
        builder.redirectError(Files.createTempFile(folder, "worker", ".log").toFile()).start());
  }

  Process process() {
    return process;
  }

  /** The next thing it tells; empty when it ended. */
  Optional<Progress> next() throws IOException {
    @Nullable String line = lines.readLine();
    return line == null ? Optional.empty() : Optional.of(ProgressLine.read(line).orElseThrow());
  }

  /** The next progress of a kind; fails when the worker ends without it. */
  Progress await(Progress.Kind kind) throws IOException {
    while (true) {
      Progress progress =
          next().orElseThrow(() -> new AssertionError("the worker ended before it was " + kind));
      if (progress.kind() == kind) {
        return progress;
      }
    }
  }

  /** Sends SIGKILL. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
