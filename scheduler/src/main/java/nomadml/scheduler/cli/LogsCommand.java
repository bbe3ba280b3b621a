package nomadml.scheduler.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.follow.Display;
import nomadml.scheduler.follow.Follower;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.spec.ExitCode;
import nomadml.spec.ProgressLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job logs}: what a job's newest task wrote. */
@Command(name = "logs", description = "Shows what a job wrote: its output, and progress in words.")
final class LogsCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;
  @Mixin private JobArgument argument;

  @Option(
      names = {"-f", "--follow"},
      description = "wait for the start, show what comes, end with the job")
  private boolean follow;

  @Option(names = "--stderr", description = "what it wrote to stderr")
  private boolean errors;

  @Option(names = "--raw", description = "progress lines as they are")
  private boolean raw;

  @Override
  public Integer call() {
    Platform platform = connection.platform();
    Cluster cluster = platform.cluster();
    Cluster.Stream stream = errors ? Cluster.Stream.STDERR : Cluster.Stream.STDOUT;
    Optional<Job> named = argument.lookUp(cluster);
    Optional<Job> job = named.flatMap(new LaunchedJobs(cluster)::newest);
    if (named.isPresent() && job.isEmpty()) {
      connection.console().err().println(named.get().id() + " has started nothing yet");
      connection.console().err().println("  hint: submit-job status " + named.get().id());
      return ExitCode.DONE.number();
    }
    if (follow && job.isPresent()) {
      new Follower(cluster, display(), platform.clock()).follow(job.get(), EnumSet.of(stream));
      return ExitCode.DONE.number();
    }
    List<Allocation> allocations = job.map(cluster::allocations).orElse(List.of());
    if (!allocations.isEmpty()) {
      Allocation newest = allocations.get(allocations.size() - 1);
      show(
          () -> cluster.logs(newest, stream, 0, false),
          job.get().id(),
          "see whether node " + newest.nodeName() + " is there: submit-job nodes");
    } else if (!showKept(platform, job)) {
      String id = job.orElseGet(() -> argument.find(cluster)).id();
      connection.console().err().println(id + " has not been placed yet");
      connection.console().err().println("  hint: wait for it: " + Hints.follow(id));
    }
    return ExitCode.DONE.number();
  }

  /** Nomad forgets dead jobs after some hours; their runs keep what they printed. */
  private boolean showKept(Platform platform, Optional<Job> job) {
    if (job.isPresent() && job.get().phase() != Job.Phase.DEAD) {
      return false;
    }
    String id = job.map(Job::id).orElseGet(argument::id);
    Optional<InputStream> kept = new KeptLog(platform).of(id);
    kept.ifPresent(
        log -> {
          connection
              .console()
              .err()
              .println("the cluster has forgotten " + id + "; its run keeps:");
          show(() -> log, id, "try it again: submit-job logs " + id);
        });
    return kept.isPresent();
  }

  private Display display() {
    if (output.isJson()) {
      return new JsonDisplay(connection.console());
    }
    return raw ? new RawDisplay(connection.console()) : new PlainDisplay(connection.console());
  }

  private void show(Source source, String jobId, String hint) {
    Display display = display();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(source.open(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String text = line;
        ProgressLine.read(line)
            .ifPresentOrElse(
                progress -> display.progress(progress, text), () -> display.output(text));
      }
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "could not read the output of " + jobId + ": " + e.getMessage(),
          hint,
          e);
    }
  }

  /** Where lines come from. */
  private interface Source {
    InputStream open() throws IOException;
  }
}
