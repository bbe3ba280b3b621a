package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import nomadml.spec.Environment;
import nomadml.spec.FailureCause;
import nomadml.spec.JobFile;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.spec.Verdict;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunStatus;
import org.jspecify.annotations.Nullable;

/**
 * The life of an attempt: it starts the worker, tells what the worker does, tries again what may be
 * tried again, and leaves with a verdict or resumable.
 */
public final class Supervisor {
  private static final Duration NUMBER = Duration.ofSeconds(2);
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);
  private static final Duration LAST_CHECKPOINT = Duration.ofSeconds(8);
  private static final Duration LAST_REPORTS = Duration.ofSeconds(3);
  private static final Duration LEFTOVER = Duration.ofSeconds(30);
  private static final Duration FOREVER = Duration.ofDays(36500);

  private final Task task;
  private final RunFolder folder;
  private final Surroundings around;
  private final Output output;
  private final Interruptions interruptions = new Interruptions();
  private final ProgressReport told;
  private final Conclusion conclusion;
  private final Provisions provisions;
  private volatile @Nullable Worker worker;
  private Path workerJobFile;
  private int number;

  /** A supervisor that has not begun. */
  public Supervisor(Task task, RunFolder folder, Surroundings around, Output output) {
    this.task = task;
    this.folder = folder;
    this.around = around;
    this.output = output;
    this.workerJobFile = folder.jobFile();
    this.told = new ProgressReport(task, around.report(), around.clock());
    this.conclusion = new Conclusion(task, folder, around, output, interruptions);
    output.tellOfRun(() -> around.report().run().map(RunAddress::runId));
    this.provisions = new Provisions(task, folder, around, output, interruptions);
  }

  /** A signal came: the worker gets it too, and the run stays resumable. */
  public void stop() {
    interruptions.interrupt(Interruption.Reason.SIGNAL);
  }

  /**
   * Runs the attempt to its end.
   *
   * @return what to exit with, see {@link TaskExit}
   * @throws IOException when the run folder can't be used
   */
  public int run() throws IOException, InterruptedException {
    AttemptLog before = folder.attempts();
    Optional<Verdict> earlier = folder.verdict();
    if (earlier.isEmpty() && before.superseded() && before.allocation().equals(task.allocation())) {
      output.progress(stopped("a later attempt of this run is elsewhere"));
      return TaskExit.DONE;
    }
    AttemptLog log = earlier.isPresent() ? before : before.begun(task.allocation());
    Standing standing =
        new Standing(
            folder,
            log,
            around.fence(),
            around.report(),
            around.tracked(),
            interruptions,
            output::warning,
            around.clock());
    Travel travel =
        new Travel(folder, around, interruptions, output, standing, before.attempt() > 0);
    try (CheckpointUploads uploads = uploads(standing, travel);
        TailUploads tail = tail(standing, travel);
        Heartbeat heartbeat = heartbeat(standing)) {
      standing.save();
      standing.start(before);
      if (earlier.isPresent()) {
        return conclusion.tell(earlier.get());
      }
      heartbeat.start();
      int exit = attempt(standing, uploads, travel, tail);
      standing.leave();
      return exit;
    } finally {
      around.report().close();
      forgetGauges();
      around.fence().close();
    }
  }

  private int attempt(Standing standing, CheckpointUploads uploads, Travel travel, TailUploads tail)
      throws IOException, InterruptedException {
    try {
      number = standing.number(NUMBER);
      output.tellOfAttempt(number);
      output.progress(began(number));
      conclusion.sendEarlierLogs();
      requireTriesLeft(standing);
      Leftover.end(folder, LEFTOVER);
      provisions.keepJobFile();
      if (task.job().train() == null) {
        tail.start(travel.bringTails(number));
      } else {
        travel.bringCheckpoints(number);
      }
      told.began(number, around.version());
      workerJobFile = provisions.bring(number);
      return end(work(standing, uploads));
    } catch (TrainingFailure e) {
      return end(failed(Failure.of(e)));
    } catch (Interruption e) {
      return interrupted(e.reason(), uploads);
    }
  }

  private void requireTriesLeft(Standing standing) {
    int attempts = task.job().retry().attempts();
    if (standing.failures() >= attempts) {
      throw new TrainingFailure(
          FailureCause.INTERNAL,
          "the supervisor or its worker was killed %d times on this node".formatted(attempts),
          "raise resources.memory: the supervisor needs 200 MiB beside the training");
    }
  }

  /** Starts workers until one ends for good. */
  private Verdict work(Standing standing, CheckpointUploads uploads)
      throws IOException, InterruptedException, Interruption {
    JobFile.Retry retry = task.job().retry();
    Duration pause = around.times().retry();
    while (true) {
      WorkerEnd end = runWorker(uploads);
      Failure failure = end.failure();
      if (failure == null) {
        return finished(end);
      }
      told.failed(failure);
      standing.failed();
      if (!retry.on().contains(failure.cause()) || standing.failures() >= retry.attempts()) {
        return failed(failure);
      }
      output.warning(
          "%s: %s; it is tried again (%d of %d)"
              .formatted(
                  failure.cause().word(),
                  failure.message(),
                  standing.failures() + 1,
                  retry.attempts()));
      interruptions.pause(pause);
      pause = pause.multipliedBy(2);
    }
  }

  private WorkerEnd runWorker(CheckpointUploads uploads)
      throws IOException, InterruptedException, Interruption {
    boolean ours = task.job().train() != null;
    WorkerCommand command =
        ours
            ? WorkerCommand.train(around.trainer(), folder, workerJobFile, output.environment())
            : WorkerCommand.user(Objects.requireNonNull(task.job().command()), folder, addresses());
    OptionalLong memoryKills = around.machine().outOfMemoryKills();
    Words words = new Words(output, told, uploads);
    // Before its own first line: whoever collects logs knows a file by how it begins.
    output.info("the worker starts");
    Worker running = start(command, ours, words);
    worker = running;
    output.info("the worker is process " + running.pid());
    Leftover.remember(folder, running.handle());
    @Nullable Interruption interruption = await(running);
    int exitCode = running.finish(LAST_WORDS);
    worker = null;
    Leftover.forget(folder);
    output.endLine();
    output.info("the worker left with exit code " + exitCode);
    Progress last = words.last();
    boolean done = exitCode == TaskExit.DONE;
    if (interruption != null && !(done && last != null)) {
      throw interruption;
    }
    if (done) {
      return new WorkerEnd(exitCode, last, null);
    }
    return new WorkerEnd(
        exitCode,
        last,
        Diagnosis.of(
            exitCode,
            last,
            since(memoryKills, around.machine().outOfMemoryKills()),
            task.job().resources().memory().toString(),
            ours ? "" : command.program().get(0)));
  }

  private Worker start(WorkerCommand command, boolean ours, Words words) throws IOException {
    try {
      return Worker.start(command, ours ? words : output::pass, output::passError);
    } catch (IOException e) {
      if (ours) {
        throw e;
      }
      throw new TrainingFailure(
          FailureCause.USER_ERROR,
          "%s can't be started: %s".formatted(command.program().get(0), e.getMessage()),
          "check command: in the job file, and that the node or the image has it");
    }
  }

  private static OptionalLong since(OptionalLong before, OptionalLong now) {
    return before.isEmpty() || now.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(now.getAsLong() - before.getAsLong());
  }

  /** Until the worker has ended, by itself or because it was asked to. */
  private @Nullable Interruption await(Worker running) throws InterruptedException {
    try {
      interruptions.awaitAny(running.ended(), FOREVER);
      return null;
    } catch (Interruption e) {
      boolean signal = e.reason() == Interruption.Reason.SIGNAL;
      running.stop(signal ? around.times().stop() : around.times().leave());
      return e;
    }
  }

  /** The servers a user's program finds in its environment; its run is there before it starts. */
  private Map<String, String> addresses() throws InterruptedException, Interruption {
    Map<String, String> found = new HashMap<>();
    if (around.tracked()) {
      long deadline = System.nanoTime() + around.times().run().toNanos();
      while (around.report().run().isEmpty() && System.nanoTime() < deadline) {
        interruptions.pause(Duration.ofMillis(100));
      }
      Optional<RunAddress> run = around.report().run();
      String runId = run.map(RunAddress::runId).orElse(task.runId());
      if (runId == null) {
        output.warning(
            "the program starts without a run in MLflow, which can't be reached: it can't log there");
      } else {
        found.put(Environment.MLFLOW_RUN_ID, runId);
      }
    }
    found.put(Environment.MLFLOW_EXPERIMENT_NAME, task.job().experiment());
    found.putAll(around.addresses().find());
    return found;
  }

  private int end(Verdict verdict) throws InterruptedException {
    conclusion.decide(verdict);
    return conclusion.tell(verdict);
  }

  private int interrupted(Interruption.Reason reason, CheckpointUploads uploads)
      throws InterruptedException {
    return switch (reason) {
      case TIME_LIMIT -> {
        Failure failure =
            new Failure(
                FailureCause.TIME_LIMIT,
                "the time limit of %s is over".formatted(task.job().timeLimit()),
                "raise time_limit; the checkpoints are kept",
                null);
        told.failed(failure);
        yield end(failed(failure));
      }
      case SUPERSEDED -> {
        output.progress(stopped("a later attempt of this run has taken over"));
        yield TaskExit.DONE;
      }
      case SIGNAL -> {
        around.report().status(RunStatus.SCHEDULED);
        conclusion.sendLog(number);
        uploads.drain(LAST_CHECKPOINT);
        if (around.tracked()) {
          around.report().drain(LAST_REPORTS);
        }
        conclusion.warnOfLosses();
        output.progress(stopped("stopped by a signal; it can be resumed"));
        yield TaskExit.RESUMABLE;
      }
    };
  }

  private Verdict finished(WorkerEnd end) {
    Progress last = end.last();
    if (last == null) {
      last =
          output.line(
              Progress.Kind.FINISHED,
              Map.of("exit_code", Integer.toString(end.exitCode())),
              "the program left with exit code 0");
    }
    return new Verdict(TaskExit.DONE, last, end.exitCode());
  }

  private Verdict failed(Failure failure) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (failure.exitCode() != null) {
      facts.put("exit_code", Integer.toString(failure.exitCode()));
    }
    Progress outcome =
        new Progress(
            Progress.Kind.FAILED,
            around.clock().millis(),
            null,
            null,
            null,
            null,
            facts,
            failure.cause(),
            failure.message(),
            failure.hint());
    return new Verdict(TaskExit.FAILED, outcome, failure.exitCode());
  }

  private Progress began(int number) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("attempt", Integer.toString(number));
    facts.put("submission_id", task.submission());
    facts.put("run_id", task.runId() == null ? "" : task.runId());
    facts.put("experiment", task.job().experiment());
    facts.put("node", task.node());
    facts.put("allocation", task.allocation());
    facts.values().removeIf(String::isEmpty);
    return output.line(Progress.Kind.ATTEMPT, facts, null);
  }

  private Progress stopped(String message) {
    return output.line(Progress.Kind.STOPPED, Map.of(), message);
  }

  private CheckpointUploads uploads(Standing standing, Travel travel) throws IOException {
    Path staging = folder.resolve("upload");
    Checkpoints.delete(staging);
    return new CheckpointUploads(
        staging,
        around.storage(),
        travel::packInto,
        standing::mayWrite,
        task.job().train() == null ? 1 : task.job().train().checkpoint().keep(),
        output::warning);
  }

  private TailUploads tail(Standing standing, Travel travel) {
    return new TailUploads(
        folder.resolve("upload-tail"),
        around.storage(),
        around.report(),
        travel::packInto,
        standing::mayWrite,
        around.times().tail(),
        around.clock(),
        output::warning);
  }

  private Heartbeat heartbeat(Standing standing) {
    return new Heartbeat(
        () -> Optional.ofNullable(worker),
        around.machine(),
        told,
        () -> {
          if (standing.trained().compareTo(task.timeLimit()) > 0) {
            interruptions.interrupt(Interruption.Reason.TIME_LIMIT);
          }
        },
        standing::save);
  }

  /** Without a cluster nobody else deletes them. */
  private void forgetGauges() {
    Optional<String> group = told.group();
    if (task.local() && group.isPresent()) {
      try {
        around.gauges().delete(group.get());
      } catch (IOException e) {
        output.warning("the Pushgateway keeps this run's values: " + e.getMessage());
      }
    }
  }
}
