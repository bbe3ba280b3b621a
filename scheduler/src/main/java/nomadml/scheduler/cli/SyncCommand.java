package nomadml.scheduler.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.local.LocalRuns;
import nomadml.scheduler.local.Trainer;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code submit-job sync}. */
@Command(
    name = "sync",
    description = {
      "Sends what runs on this machine have recorded to MLflow.",
      "What MLflow has is not sent again; with no JOB, every run of this machine is looked at."
    })
final class SyncCommand implements Callable<Integer> {
  @Parameters(paramLabel = "JOB", arity = "0..*", description = "jobs of this machine")
  private List<String> jobs = new ArrayList<>();

  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws IOException {
    Platform platform = connection.platform();
    if (platform.tracker().isEmpty()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "no MLflow is known to send runs to",
          "name one with --mlflow or MLFLOW_TRACKING_URI");
    }
    LocalRuns runs =
        new LocalRuns(
            platform.state().resolve("runs"),
            platform.taskEnvironment(),
            Trainer.find(platform.environment()));
    Console console = connection.console();
    int worst = 0;
    for (String job : jobs.isEmpty() ? runs.ids() : jobs) {
      worst = Math.max(worst, runs.sync(job, console.out(), console.err()));
    }
    return worst == 0 ? ExitCode.DONE.number() : ExitCode.SERVER_UNREACHABLE.number();
  }
}
