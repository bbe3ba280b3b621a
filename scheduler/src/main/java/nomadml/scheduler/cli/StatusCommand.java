package nomadml.scheduler.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code submit-job status}: what waits and runs; or all about one job. */
@Command(
    name = "status",
    description = "Shows the jobs that wait or run; with JOB, where it runs and how it does.")
final class StatusCommand implements Callable<Integer> {
  private static final int LAUNCHES = 5;

  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;

  @Parameters(index = "0", arity = "0..1", paramLabel = "JOB", description = "a job's id")
  private @Nullable String id;

  @Override
  public Integer call() {
    Platform platform = connection.platform();
    Console console = connection.console();
    if (id != null) {
      JobReport report = report(platform, console, id);
      output.print(console, report, () -> report.text(platform.clock()));
      return ExitCode.DONE.number();
    }
    List<Job> open =
        platform.cluster().jobs().stream().filter(job -> job.phase() != Job.Phase.DEAD).toList();
    List<JobState> states = open.stream().map(job -> JobState.of(job, Optional.empty())).toList();
    output.print(
        console, states, () -> open.isEmpty() ? "" : table(states, platform).text(console.width()));
    if (open.isEmpty()) {
      console.err().println("nothing waits or runs on " + platform.cluster().name());
      console.err().println("  hint: " + Hints.LIST);
    }
    return ExitCode.DONE.number();
  }

  private static JobReport report(Platform platform, Console console, String id) {
    Cluster cluster = platform.cluster();
    Job job = JobArgument.find(cluster, id);
    Runs runs = new Runs(platform, console);
    Optional<Run> run = job.schedule() ? Optional.empty() : runs.of(job);
    return new JobReport(
        JobState.of(job, run, cluster),
        cluster.allocations(job),
        launched(job, cluster, runs),
        run.orElse(null),
        Links.of(platform, job, run));
  }

  private static List<JobState> launched(Job job, Cluster cluster, Runs runs) {
    List<Job> all = job.schedule() ? new LaunchedJobs(cluster).of(job) : List.of();
    List<Job> newest = all.subList(0, Math.min(LAUNCHES, all.size()));
    Map<String, Run> known = newest.isEmpty() ? Map.of() : runs.bySubmission(newest);
    return newest.stream()
        .map(one -> JobState.of(one, Optional.ofNullable(known.get(one.submissionId())), cluster))
        .toList();
  }

  private static Table table(List<JobState> states, Platform platform) {
    Table table = new Table("JOB", "STATE", "EXPERIMENT", "PRIORITY", "SUBMITTED", "WAITS FOR");
    for (JobState state : states) {
      Job job = state.job();
      table.row(
          job.id(),
          state.word(),
          job.experiment(),
          job.priority(),
          Age.of(job.submitted(), platform.clock()),
          String.join("; ", job.waitingFor()));
    }
    return table;
  }
}
