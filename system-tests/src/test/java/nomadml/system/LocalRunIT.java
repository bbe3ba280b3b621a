package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Processes;
import nomadml.system.servers.Run;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Signal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without a cluster the same file trains here, and what it told can be sent on later. */
final class LocalRunIT {
  @TempDir private Path folder;
  private SubmitJob submitJob;

  @BeforeEach
  void begin() {
    submitJob = SubmitJob.alone(folder);
  }

  @Test
  void trainsHereAndShowsTheAccuracy() {
    SubmitJob.Called trained = submitJob.succeed(JobFiles.DIGITS.toString());
    assertThat(trained.shown()).containsPattern("(0\\.9[5-9]\\d*|9[5-9](\\.\\d+)? ?%)");
  }

  @Test
  void trainsAModelADataSetAndAMetricOfAnExtension() {
    ExampleExtension.build(folder);
    SubmitJob.Called trained = submitJob.succeed(ExampleExtension.JOB.toString());
    assertThat(trained.shown()).contains("validation worst recall 0.9");
  }

  @Test
  void aKilledWorkerIsStartedAgainAndTheTrainingGoesOn() {
    RunningProgram training =
        submitJob.start(
            SubmitJob.joined(List.of(JobFiles.DIGITS.toString()), JobFiles.slow("killed", 12)));
    Signal.send("KILL", List.of(worker()));
    assertThat(training.awaitExit()).as(training.errors() + training.output()).isZero();
    assertThat(training.errors() + training.output()).contains("native_crash");
  }

  @Test
  void aFailingCommandsOutcomeIsTheExitCode() {
    Path job = JobFiles.command(folder, "failing", "[sh, -c, 'exit 3']");
    SubmitJob.Called failed = submitJob.call(job.toString());
    assertThat(failed.exitCode())
        .as(failed.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    assertThat(failed.shown()).containsPattern("exit(ed)?( code| with)? 3");
  }

  @Test
  void syncSendsEverythingToMlflowOnce() {
    submitJob.succeed(JobFiles.DIGITS.toString(), "--set", "train.early_stopping=");
    try (Cluster cluster = Cluster.start("local", 0)) {
      submitJob.with("MLFLOW_TRACKING_URI", cluster.mlflow().address());
      submitJob.succeed("sync");
      submitJob.succeed("sync");
      List<JsonNode> runs = cluster.mlflow().runsIn("digits");
      assertThat(runs).hasSize(1);
      Run run = cluster.mlflow().run(runs.get(0).at("/info/run_id").asText());
      assertRun(run)
          .hasStatus("FINISHED")
          .hasEveryEpoch(20)
          .neverGoesBack()
          .hasTag(Names.TAG_ATTEMPT, "1");
      assertThat(run.metric("validation_accuracy")).isGreaterThanOrEqualTo(0.95);
      assertThat(run.artifacts("")).contains("model/MLmodel", "metrics.csv", "log.txt");
    }
  }

  /** The worker, once it has written a checkpoint. */
  private ProcessHandle worker() {
    ProcessHandle worker =
        Eventually.get(
                "the worker",
                () ->
                    Processes.mentioning(folder.toString()).stream()
                        .filter(one -> Processes.commandLine(one).contains(" --checkpoints "))
                        .filter(one -> Processes.commandLine(one).contains("trainer.cli.Main"))
                        .toList(),
                found -> found.size() == 1)
            .get(0);
    List<String> arguments = List.of(Processes.commandLine(worker).split(" "));
    Path checkpoints = Path.of(arguments.get(arguments.indexOf("--checkpoints") + 1));
    Eventually.until("a checkpoint", () -> hasCheckpoint(checkpoints));
    return worker;
  }

  private static boolean hasCheckpoint(Path checkpoints) {
    String[] steps = checkpoints.toFile().list();
    return steps != null
        && List.of(steps).stream()
            .anyMatch(step -> checkpoints.resolve(step).resolve("manifest.json").toFile().exists());
  }
}
