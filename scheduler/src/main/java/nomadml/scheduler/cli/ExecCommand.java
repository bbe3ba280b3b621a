package nomadml.scheduler.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code submit-job exec}: a command beside a running task. */
@Command(
    name = "exec",
    description = "Runs a command beside a job's task and exits with its exit code.")
final class ExecCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private JobArgument argument;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "CMD",
      description = "program and arguments; put -- before them")
  private List<String> command = List.of();

  @Override
  public Integer call() throws IOException {
    Console console = connection.console();
    Cluster cluster = connection.platform().cluster();
    Job named = argument.find(cluster);
    Job job = new LaunchedJobs(cluster).newest(named).orElse(named);
    Allocation running =
        cluster.allocations(job).stream()
            .filter(each -> each.status() == Allocation.Status.RUNNING)
            .reduce((earlier, later) -> later)
            .orElseThrow(() -> notRunning(job));
    return cluster.exec(running, command, System.in, console.out(), console.err());
  }

  private static SchedulerFailure notRunning(Job job) {
    return new SchedulerFailure(
        ExitCode.USAGE,
        "could not run a command in " + job.id() + ": it does not run now",
        "see how it does: submit-job status " + job.id());
  }
}
