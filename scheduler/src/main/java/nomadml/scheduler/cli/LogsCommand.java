package nomadml.scheduler.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
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
    Job job = argument.find(cluster);
    Cluster.Stream stream = errors ? Cluster.Stream.STDERR : Cluster.Stream.STDOUT;
    Display display = display();
    if (follow) {
      new Follower(cluster, display, platform.clock()).follow(job, EnumSet.of(stream));
      return ExitCode.DONE.number();
    }
    List<Allocation> allocations = cluster.allocations(job);
    if (allocations.isEmpty()) {
      connection.console().err().println(job.id() + " has not been placed yet");
      connection.console().err().println("  hint: wait for it: " + Hints.follow(job.id()));
    } else {
      show(cluster, allocations.get(allocations.size() - 1), stream, display);
    }
    return ExitCode.DONE.number();
  }

  private Display display() {
    if (output.isJson()) {
      return new JsonDisplay(connection.console());
    }
    return raw ? new RawDisplay(connection.console()) : new PlainDisplay(connection.console());
  }

  private static void show(
      Cluster cluster, Allocation allocation, Cluster.Stream stream, Display display) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                cluster.logs(allocation, stream, 0, false), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String text = line;
        ProgressLine.read(line)
            .ifPresentOrElse(
                progress -> display.progress(progress, text), () -> display.output(text));
      }
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "could not read the output of " + allocation.jobId() + ": " + e.getMessage(),
          "see whether node " + allocation.nodeName() + " is there: submit-job nodes",
          e);
    }
  }
}
