package nomadml.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import nomadml.spec.FailureCause;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.TaskExit;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.training.LoadingEngine;
import nomadml.trainer.training.Reporter;
import nomadml.trainer.training.Training;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code trainer train}: the DJL worker, started by the supervisor. */
@Command(
    name = Main.TRAIN,
    mixinStandardHelpOptions = true,
    description = {
      "Trains a job file's model from its newest checkpoint. Progress is written to stdout, one JSON"
          + " object a line; the log to stderr.",
      "When stdin ends or SIGTERM comes, it writes a checkpoint and leaves with 143.",
      "Exit codes: 0 trained to the end, 1 failed (the last line says why), 143 stopped."
    })
final class TrainCommand implements Callable<Integer> {
  /** For the step under way and a checkpoint of any size; whoever can't wait kills. */
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  @Option(names = "--job-file", required = true, description = "The resolved job file (JSON).")
  private Path jobFile;

  @Option(
      names = "--data-folder",
      required = true,
      description = "What paths in the job file are relative to.")
  private Path dataFolder;

  @Option(names = "--checkpoints", required = true, description = "Where checkpoints are kept.")
  private Path checkpoints;

  @Option(names = "--model-folder", required = true, description = "Where the model is written.")
  private Path modelFolder;

  @Override
  public Integer call() {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    LoadingEngine engine = LoadingEngine.begin();
    StopSignal stop = new StopSignal(PATIENCE);
    Runtime.getRuntime().addShutdownHook(new Thread(stop::requestAndWait, "stop"));
    stop.requestWhenEnded(System.in);
    try (Reporter reporter = new Reporter(Clock.systemUTC(), progress -> print(out, progress))) {
      return train(reporter, stop, engine);
    } finally {
      stop.done();
    }
  }

  private int train(Reporter reporter, StopSignal stop, LoadingEngine engine) {
    try {
      Training.Folders folders = new Training.Folders(dataFolder, checkpoints, modelFolder);
      Training training =
          new Training(job(), folders, reporter, stop::isRequested, Clock.systemUTC(), engine);
      if (training.run() == Training.Outcome.FINISHED) {
        return TaskExit.DONE;
      }
      reporter.stopped("stopped by a signal; it can be resumed");
      return TaskExit.RESUMABLE;
    } catch (TrainingFailure e) {
      reporter.failed(e);
    } catch (IOException | RuntimeException e) {
      Logger log = LoggerFactory.getLogger(TrainCommand.class);
      log.error("the training failed", e);
      reporter.failed(
          new TrainingFailure(
              FailureCause.INTERNAL,
              "the trainer failed: " + e,
              "the stack trace is in the run's log"));
    }
    return TaskExit.FAILED;
  }

  private Train job() throws IOException {
    // The rest of the file is the supervisor's, and binding it takes a third longer.
    JsonNode train = Json.MAPPER.readTree(jobFile.toFile()).path("train");
    if (!train.isObject()) {
      throw TrainingFailure.userError(
          jobFile + " has no train: section", "start its command instead of the trainer");
    }
    return Json.MAPPER.treeToValue(train, Train.class);
  }

  private static void print(PrintStream out, Progress progress) {
    out.println(ProgressLine.write(progress));
  }
}
