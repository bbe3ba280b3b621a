package nomadml.scheduler.cli;

import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Names;

/** What a job printed, as its run keeps it after the cluster has forgotten the job. */
record KeptLog(Platform platform) {
  private static final List<String> LAST = List.of("log.1.txt", "log.txt");

  /** Both streams in one; empty when no run of such a job keeps it, or MLflow can't be asked. */
  Optional<InputStream> of(String jobId) {
    try {
      return platform
          .tracker()
          .flatMap(tracker -> tracker.newestOf(jobId).flatMap(run -> read(tracker, run)));
    } catch (SchedulerFailure e) {
      return Optional.empty();
    }
  }

  /** What the supervisors of all attempts keep, the oldest first. */
  private static Stream<String> files(Run run) {
    int attempts = Integer.parseInt(run.tags().getOrDefault(Names.TAG_ATTEMPT, "1"));
    Stream<String> earlier =
        IntStream.rangeClosed(1, attempts)
            .mapToObj("logs/attempt-%03d"::formatted)
            .flatMap(attempt -> Stream.of(attempt + ".1.txt", attempt + ".txt"));
    return Stream.concat(earlier, LAST.stream());
  }

  private static Optional<InputStream> read(RunTracker tracker, Run run) {
    List<InputStream> parts =
        files(run).flatMap(file -> tracker.artifact(run, file).stream()).toList();
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(new SequenceInputStream(Collections.enumeration(parts)));
  }
}
