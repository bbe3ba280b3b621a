package nomadml.scheduler.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import nomadml.scheduler.follow.Wording;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job list}: what ran and runs, with results. */
@Command(name = "list", description = "Lists jobs, the newest first, with what became of each.")
final class ListCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "how many (default: ${DEFAULT-VALUE}); 0 for all")
  private int limit = 20;

  @Override
  public Integer call() {
    Console console = connection.console();
    Platform platform = connection.platform();
    List<Job> all = platform.cluster().jobs();
    List<Job> jobs = limit <= 0 ? all : all.subList(0, Math.min(limit, all.size()));
    Map<String, Run> runs = new Runs(platform, console).bySubmission(jobs);
    List<JobState> states = jobs.stream().map(job -> state(job, runs, platform)).toList();
    output.print(console, states, () -> table(states, platform).text(console.width()));
    if (states.isEmpty()) {
      console.err().println("no jobs on " + platform.cluster().name());
    } else if (jobs.size() < all.size()) {
      console.err().println((all.size() - jobs.size()) + " older ones: submit-job list --limit 0");
    }
    return ExitCode.DONE.number();
  }

  private static JobState state(Job job, Map<String, Run> runs, Platform platform) {
    Optional<Run> run = Optional.ofNullable(runs.get(job.submissionId()));
    return JobState.of(job, run, platform.cluster());
  }

  private static Table table(List<JobState> states, Platform platform) {
    Table table = new Table("JOB", "STATE", "EXPERIMENT", "SUBMITTED", "RESULT");
    for (JobState state : states) {
      Job job = state.job();
      List<String> metrics = Wording.results(state.metrics());
      table.row(
          job.id(),
          state.word(),
          job.experiment(),
          Age.of(job.submitted(), platform.clock()),
          String.join(", ", metrics));
    }
    return table;
  }
}
