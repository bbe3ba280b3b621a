package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.follow.Follower;
import nomadml.scheduler.follow.Outcome;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.Submitted;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.JobFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code submit-job job.yaml}: submits, and follows to the end. */
@Command(
    name = "submit-job",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    subcommands = {
      PlanCommand.class,
      RenderCommand.class,
      StatusCommand.class,
      ListCommand.class,
      LogsCommand.class,
      StopCommand.class,
      ExecCommand.class,
      NodesCommand.class,
      ServicesCommand.class,
      DoctorCommand.class,
      SyncCommand.class,
      DeployCommand.class,
      ReleaseCommand.class,
      CompletionCommand.class
    },
    description = {
      "Trains what a job file says, on the Nomad cluster that is known, else on this machine.",
      "On a terminal, and on this machine, it follows the job to its end and exits with its outcome;"
          + " Ctrl-C leaves the job running."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:internal error",
      "2:usage or invalid job file",
      "3:can never be placed",
      "4:training failed",
      "5:a server is unreachable or denies",
      "6:time limit",
      "7:cancelled",
      "130:interrupted; the job goes on"
    })
final class SubmitCommand implements Callable<Integer> {
  @Mixin private JobFileOptions jobFile;
  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;
  @ArgGroup private @Nullable Watching watching;

  /** Whether the command stays until the job has ended. */
  private static final class Watching {
    @Option(names = "--follow", description = "show the job until it has ended")
    private boolean follow;

    @Option(names = "--detach", description = "leave once the job is registered")
    @SuppressWarnings("UnusedVariable") // The other choice of the group.
    private boolean detach;
  }

  @Override
  public Integer call() throws JobFileException {
    JobFile job = jobFile.read();
    boolean isSchedule = job.schedule() != null;
    if (isSchedule && watching != null && watching.follow) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          job.name() + " has a schedule: it has no end to follow",
          "submit it without --follow, then follow its newest run: submit-job logs -f JOB");
    }
    Platform platform = connection.platform();
    Console console = connection.console();
    Submitted submitted =
        Submissions.on(platform, console).submit(job, jobFile.path(), jobFile.id());
    Accepted accepted = Accepted.of(submitted);
    boolean follows = !isSchedule && follows(platform, console);
    announce(platform, console, submitted, follows);
    if (!follows) {
      output.print(console, accepted, () -> accepted.jobId() + System.lineSeparator());
      return ExitCode.DONE.number();
    }
    return follow(platform, console, submitted).exitCode().number();
  }

  private boolean follows(Platform platform, Console console) {
    return watching == null
        ? console.terminal() || !platform.cluster().isRemote()
        : watching.follow;
  }

  private static void announce(
      Platform platform, Console console, Submitted submitted, boolean follows) {
    String id = submitted.request().jobId();
    console
        .err()
        .println(
            (submitted.continued() ? "went on with the submission of " : "submitted ")
                + id
                + " to "
                + platform.cluster().name());
    Forecast forecast = submitted.forecast();
    forecast.remarks().forEach(remark -> console.err().println("note: " + remark));
    forecast.hint().ifPresent(hint -> console.err().println("  " + Forecast.HINT + hint));
    if (forecast.verdict() == Forecast.Verdict.WAITS) {
      forecast.reasons().forEach(reason -> console.err().println("it waits: " + reason));
    }
    JobFile.Schedule schedule = submitted.request().job().schedule();
    if (schedule != null) {
      console.err().println("it starts by '" + schedule.cron() + "' in " + schedule.timeZone());
      console.err().println("  hint: its runs: submit-job status " + id);
    } else if (!follows) {
      console.err().println("  hint: follow it: " + Hints.follow(id));
    }
  }

  private Outcome follow(Platform platform, Console console, Submitted submitted) {
    String id = submitted.request().jobId();
    Job job =
        platform
            .cluster()
            .job(id)
            .orElseThrow(
                () ->
                    new SchedulerFailure(
                        ExitCode.CANCELLED, id + " is gone right after its registration", null));
    Interruption interruption = new Interruption(console, id);
    try {
      Outcome outcome =
          new Follower(platform.cluster(), Displays.of(console, output), platform.clock())
              .follow(job);
      Optional<RunTracker.Run> run = run(platform, submitted.request().runId());
      new OutcomePrinter(console, output).print(id, outcome, Links.of(platform, job, run));
      return outcome;
    } finally {
      interruption.close();
    }
  }

  private static Optional<RunTracker.Run> run(Platform platform, @Nullable String runId) {
    try {
      return Optional.ofNullable(runId)
          .flatMap(id -> platform.tracker().flatMap(tracker -> tracker.run(id)));
    } catch (SchedulerFailure unreachable) {
      return Optional.empty();
    }
  }

  /** What was accepted, for programs. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Accepted(
      String jobId, String submissionId, @Nullable String runId, boolean continued) {
    static Accepted of(Submitted submitted) {
      return new Accepted(
          submitted.request().jobId(),
          submitted.request().submissionId(),
          submitted.request().runId(),
          submitted.continued());
    }
  }
}
