package nomadml.trainer.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.spec.log.LogLine;
import nomadml.trainer.Jobs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worker as a process of its own. */
class TrainCommandTest {
  @TempDir private Path folder;
  private @Nullable WorkerProcess worker;

  @AfterEach
  void end() {
    if (worker != null) {
      worker.close();
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
    start(Jobs.digits().epochs(100_000).set("checkpoint.every_epochs=100000"));
    await(Progress.Kind.EPOCH);
    Instant asked = Instant.now();
    process().toHandle().destroy(); // Leaves its output open.
    assertThat(await(Progress.Kind.CHECKPOINT).step()).isPositive();
    await(Progress.Kind.STOPPED);
    assertThat(exitCode()).isEqualTo(TaskExit.RESUMABLE);
    assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void stopsWhenItsSupervisorIsGone() throws Exception {
    start(Jobs.digits().epochs(100_000));
    await(Progress.Kind.EPOCH);
    process().getOutputStream().close();
    await(Progress.Kind.STOPPED);
    assertThat(exitCode()).isEqualTo(TaskExit.RESUMABLE);
  }

  @Test
  void goesOnAfterSigkill() throws Exception {
    start(Jobs.digits());
    await(Progress.Kind.CHECKPOINT);
    process().destroyForcibly().waitFor();
    start(Jobs.digits());
    assertThat(await(Progress.Kind.RESUMED).epoch()).isPositive();
    await(Progress.Kind.FINISHED);
  }

  @Test
  void keepsItsMemoryOverAHundredEpochs() throws Exception {
    start(Jobs.digits().epochs(150).set("data.test_split=0.1", "metrics=[\"f1\", \"auc\"]"));
    long[] resident = new long[151];
    for (int epoch = 1; epoch <= 150; epoch++) {
      assertThat(await(Progress.Kind.EPOCH).epoch()).isEqualTo(epoch);
      resident[epoch] = residentKibibytes();
    }
    long before = median(resident, 31, 50);
    long after = median(resident, 131, 150);
    // The JVM's heap and code settle; a tensor lost in each step would be 2,300 of them.
    assertThat(after - before).as("KiB in 100 epochs, from %d", before).isLessThan(12 * 1024);
  }

  private long residentKibibytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process().pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  private static long median(long[] values, int from, int to) {
    long[] part = Arrays.copyOfRange(values, from, to + 1);
    Arrays.sort(part);
    return part[part.length / 2];
  }

  @Test
  void tellsTheCauseOfAFailure() throws Exception {
    start(Jobs.digits().set("data.path=data/none.csv"));
    Progress failed = await(Progress.Kind.FAILED);
    assertThat(failed.cause()).isEqualTo(FailureCause.DATA_MISSING);
    assertThat(failed.message()).contains("there is no data/none.csv");
    assertThat(failed.hint()).isNotBlank();
    assertThat(exitCode()).isEqualTo(TaskExit.FAILED);
  }

  @Test
  void aFailureNobodyForesawIsOneLineOfTheLog() throws Exception {
    Path log = folder.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--job-file",
                folder.resolve("none.json").toString(),
                "--data-folder",
                folder.toString(),
                "--checkpoints",
                folder.toString(),
                "--model-folder",
                folder.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(log.toFile());
    builder.environment().put("NOMAD_ML_RUN_ID", "abc");
    Process failing = builder.start();
    assertThat(failing.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(failing.exitValue()).isEqualTo(TaskExit.FAILED);
    LogLine line = LogLine.read(Files.readString(log).strip()).orElseThrow();
    assertThat(line.level()).isEqualTo(LogLine.Level.ERROR);
    assertThat(line.message()).isEqualTo("the training failed");
    assertThat(line.exception()).contains("none.json", "\n\tat ");
    assertThat(line.facts()).containsEntry("run_id", "abc");
  }

  private void start(Jobs job) throws IOException {
    worker = WorkerProcess.start(job, Jobs.EXAMPLES, folder);
  }

  private Progress await(Progress.Kind kind) throws IOException {
    return requireNonNull(worker).await(kind);
  }

  private Process process() {
    return requireNonNull(worker).process();
  }

  private int exitCode() throws InterruptedException {
    assertThat(process().waitFor(10, TimeUnit.SECONDS)).isTrue();
    return process().exitValue();
  }
}
