package nomadml.trainer.supervisor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.ModelDigest;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.spec.Verdict;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunStatus;
import org.jspecify.annotations.Nullable;

/** Brings a verdict to where it belongs: the disk first, then the run, then the last line. */
final class Conclusion {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration DISK = Duration.ofSeconds(2);

  /** Of all attempts but the last, whose log is beside the folder. */
  private static final String LOGS = "logs/";

  private final Task task;
  private final RunFolder folder;
  private final Surroundings around;
  private final Output output;
  private final Interruptions interruptions;

  Conclusion(
      Task task,
      RunFolder folder,
      Surroundings around,
      Output output,
      Interruptions interruptions) {
    this.task = task;
    this.folder = folder;
    this.around = around;
    this.output = output;
    this.interruptions = interruptions;
  }

  /** Sends what earlier attempts on this node printed: they may have been killed. */
  void sendEarlierLogs() {
    for (Path file : output.earlierLogs()) {
      around.report().artifact(LOGS + file.getFileName(), file);
    }
  }

  /** Sends what this attempt printed: the run may go on elsewhere. */
  void sendLog(int attempt) {
    for (Path file : output.logFiles()) {
      around.report().artifact(LOGS + RunLog.name(attempt, file), file);
    }
  }

  /** Decides: from here on nothing is started for this run again. */
  void decide(Verdict verdict) {
    try {
      folder.write(verdict);
    } catch (IOException e) {
      output.warning("the verdict can't be kept on the disk: " + e.getMessage());
    }
  }

  /**
   * Tells a verdict that is on disk. A supervisor that was killed in the middle of it may have told
   * a part: every part may be told again.
   *
   * @return what to exit with
   */
  int tell(Verdict verdict) throws InterruptedException {
    if (!folder.isReported()) {
      report(verdict);
      deliver();
    }
    output.progress(lastLine(verdict.outcome()));
    return verdict.taskExit();
  }

  private void report(Verdict verdict) {
    Report report = around.report();
    boolean done = verdict.taskExit() == TaskExit.DONE;
    if (done && Files.isDirectory(folder.model())) {
      report.artifact("model", folder.model());
    }
    report.artifact("job.json", folder.jobFile());
    for (Path file : output.closeLog()) {
      report.artifact(file.getFileName().toString(), file);
    }
    if (report.hasMetrics()) {
      report.artifact("metrics.csv", report.metricsCsv());
    }
    if (done && task.job().register() != null) {
      report.register(task.job().register(), "model", digest(folder.model()));
    }
    report.status(done ? RunStatus.FINISHED : RunStatus.FAILED);
  }

  /** A version without one gets it when it is deployed. */
  private @Nullable String digest(Path model) {
    try {
      return Files.isDirectory(model) ? ModelDigest.of(model) : null;
    } catch (IOException | UncheckedIOException e) {
      output.warning("the model's digest can't be told: " + e.getMessage());
      return null;
    }
  }

  private void deliver() throws InterruptedException {
    Report report = around.report();
    try {
      long deadline = System.nanoTime() + around.times().lastReports().toNanos();
      boolean waiting = around.tracked();
      while (waiting && !report.drain(LOOK)) {
        interruptions.check();
        if (System.nanoTime() > deadline) {
          break;
        }
      }
      if (!waiting || report.drain(Duration.ZERO)) {
        warnOfLosses();
        folder.reported();
        return;
      }
    } catch (Interruption e) {
      // It ends now; what was not sent is said below.
    } catch (IOException e) {
      output.warning("the disk can't note that everything was reported: " + e.getMessage());
      return;
    }
    long kept = report.backlog() - warnOfLosses();
    if (kept > 0) {
      output.warning(
          "%d reports have not reached MLflow; they are in %s\nhint: trainer sync --run-folder %s"
              .formatted(kept, folder.resolve("spool"), folder.path()));
    }
  }

  /** Says what ends with this process, if anything: how many told reports nobody has. */
  long warnOfLosses() {
    Report report = around.report();
    long unkept = report.awaitKept(DISK);
    long lost = unkept + report.dropped();
    if (lost > 0) {
      output.warning(
          "%d reports are lost: neither MLflow nor the disk at %s could take them\nhint: free space there before the next run"
              .formatted(lost, folder.resolve("spool")));
    }
    return unkept;
  }

  private Progress lastLine(Progress outcome) {
    Map<String, String> facts =
        new LinkedHashMap<>(outcome.facts() == null ? Map.of() : outcome.facts());
    Optional<RunAddress> run = around.report().run();
    run.ifPresent(
        address -> {
          facts.put("run_id", address.runId());
          facts.put("experiment_id", address.experimentId());
        });
    return new Progress(
        outcome.kind(),
        outcome.timestamp(),
        outcome.epoch(),
        outcome.epochs(),
        outcome.step(),
        outcome.metrics(),
        facts,
        outcome.cause(),
        outcome.message(),
        outcome.hint());
  }
}
