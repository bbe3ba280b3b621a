package nomadml.scheduler.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.reconcile.Reconciler;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.spec.ExitCode;
import nomadml.spec.TimeSpan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job stop}. */
@Command(
    name = "stop",
    description = {
      "Stops a job: its task gets SIGTERM, writes a checkpoint and leaves.",
      "A schedule starts nothing more; the run that is under way goes on."
    })
final class StopCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private JobArgument argument;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description = "how long to wait for its end (default: ${DEFAULT-VALUE})",
      converter = TimeSpanConverter.class)
  private TimeSpan patience = new TimeSpan(Duration.ofMinutes(1));

  @Override
  public Integer call() {
    Platform platform = connection.platform();
    Cluster cluster = platform.cluster();
    Job job = argument.find(cluster);
    if (job.phase() == Job.Phase.DEAD) {
      connection.console().out().println(job.id() + " has ended already");
      return ExitCode.DONE.number();
    }
    cluster.stop(job);
    Optional<Job> ended = waitForEnd(platform, job);
    if (ended.isEmpty()) {
      connection.console().out().println(job.id() + " was told to stop and is still leaving");
      return ExitCode.DONE.number();
    }
    endRun(platform, ended.get());
    connection.console().out().println(job.id() + " is stopped");
    tellWhatGoesOn(new LaunchedJobs(cluster).of(job));
    return ExitCode.DONE.number();
  }

  /** A schedule that is stopped starts nothing more; what it started goes on. */
  private void tellWhatGoesOn(List<Job> launched) {
    launched.stream()
        .filter(job -> job.phase() != Job.Phase.DEAD)
        .forEach(
            job -> {
              connection.console().err().println(job.id() + " goes on");
              connection.console().err().println("  hint: submit-job stop " + job.id());
            });
  }

  private Optional<Job> waitForEnd(Platform platform, Job job) {
    Cluster cluster = platform.cluster();
    Instant end = platform.clock().instant().plus(patience.duration());
    long since = 0;
    while (platform.clock().instant().isBefore(end)) {
      since = cluster.watch(job, since, Duration.ofSeconds(5));
      Optional<Job> now = cluster.job(job.id());
      if (now.isEmpty() || hasLeft(cluster, now.get())) {
        return now;
      }
    }
    return Optional.empty();
  }

  private static boolean hasLeft(Cluster cluster, Job job) {
    return job.phase() == Job.Phase.DEAD
        && cluster.allocations(job).stream().map(Allocation::status).allMatch(s -> s.isTerminal());
  }

  private void endRun(Platform platform, Job job) {
    Reconciler reconciler =
        new Reconciler(platform.cluster(), platform.tracker(), Optional.empty(), platform.clock());
    try {
      reconciler.about(job).ifPresent(reconciler::apply);
    } catch (SchedulerFailure e) {
      connection.console().err().println("its run is not ended yet: " + e.getMessage());
      connection.console().err().println("  hint: later: submit-job doctor --fix");
    }
  }
}
