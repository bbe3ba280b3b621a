package nomadml.trainer.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import nomadml.spec.ByteSize;
import nomadml.spec.FailureCause;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.TaskExit;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worker as a process of its own. */
class TrainCommandTest {
  @TempDir private Path folder;
  private @Nullable Process worker;
  private @Nullable BufferedReader lines;

  @AfterEach
  void end() {
    if (worker != null) {
      worker.destroyForcibly();
    }
  }

  @Test
  void endsWithTheModelFolder() throws Exception {
    start(Jobs.digits());
    Progress finished = await(Progress.Kind.FINISHED);
    assertThat(finished.facts()).containsEntry("model_folder", folder.resolve("model").toString());
    assertThat(exitCode()).isEqualTo(TaskExit.DONE);
  }

  @Test
  void writesACheckpointAtSigterm() throws Exception {
    start(Jobs.digits().epochs(100_000).with(new Train.Checkpoint(100_000, 1)));
    await(Progress.Kind.EPOCH);
    Instant asked = Instant.now();
    requireNonNull(worker).toHandle().destroy(); // Leaves its output open.
    assertThat(await(Progress.Kind.CHECKPOINT).step()).isPositive();
    await(Progress.Kind.STOPPED);
    assertThat(exitCode()).isEqualTo(TaskExit.RESUMABLE);
    assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void stopsWhenItsSupervisorIsGone() throws Exception {
    start(Jobs.digits().epochs(100_000));
    await(Progress.Kind.EPOCH);
    requireNonNull(worker).getOutputStream().close();
    await(Progress.Kind.STOPPED);
    assertThat(exitCode()).isEqualTo(TaskExit.RESUMABLE);
  }

  @Test
  void goesOnAfterSigkill() throws Exception {
    start(Jobs.digits());
    await(Progress.Kind.CHECKPOINT);
    requireNonNull(worker).destroyForcibly().waitFor();
    start(Jobs.digits());
    assertThat(await(Progress.Kind.RESUMED).epoch()).isPositive();
    await(Progress.Kind.FINISHED);
  }

  @Test
  void tellsTheCauseOfAFailure() throws Exception {
    start(Jobs.digits().with(Jobs.csv("data/none.csv", "digit")));
    Progress failed = await(Progress.Kind.FAILED);
    assertThat(failed.cause()).isEqualTo(FailureCause.DATA_MISSING);
    assertThat(failed.message()).contains("there is no data/none.csv");
    assertThat(failed.hint()).isNotBlank();
    assertThat(exitCode()).isEqualTo(TaskExit.FAILED);
  }

  private void start(Jobs job) throws IOException {
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
            50,
            new JobFile.Placement(null, null, List.of("*"), List.of()),
            null,
            JsonNodeFactory.instance.objectNode()));
    worker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--job-file",
                jobFile.toString(),
                "--data-folder",
                Jobs.EXAMPLES.toAbsolutePath().toString(),
                "--checkpoints",
                folder.resolve("checkpoints").toString(),
                "--model-folder",
                folder.resolve("model").toString())
            .redirectError(Files.createTempFile(folder, "worker", ".log").toFile())
            .start();
    lines =
        new BufferedReader(new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8));
  }

  /** The next progress of a kind; fails when the worker ends without it. */
  private Progress await(Progress.Kind kind) throws IOException {
    while (true) {
      String line = requireNonNull(lines).readLine();
      assertThat(line).as("the worker ended before it was " + kind).isNotNull();
      Progress progress = ProgressLine.read(requireNonNull(line)).orElseThrow();
      if (progress.kind() == kind) {
        return progress;
      }
    }
  }

  private int exitCode() throws InterruptedException {
    assertThat(requireNonNull(worker).waitFor(10, TimeUnit.SECONDS)).isTrue();
    return requireNonNull(worker).exitValue();
  }
}
