package nomadml.scheduler.cli;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Names;

/** Runs of jobs; without MLflow, none, which is said once. */
record Runs(Platform platform, Console console) {

  /** The run of a job. */
  Optional<Run> of(Job job) {
    String runId = job.runId();
    if (runId == null) {
      return Optional.ofNullable(bySubmission(List.of(job)).get(job.submissionId()));
    }
    try {
      return platform.tracker().flatMap(tracker -> tracker.run(runId));
    } catch (SchedulerFailure e) {
      return missing(e);
    }
  }

  /** The runs of jobs by their submission, in two searches. */
  Map<String, Run> bySubmission(List<Job> jobs) {
    Map<String, Run> runs = new HashMap<>();
    Instant oldest =
        jobs.stream()
            .map(Job::submitted)
            .min(Instant::compareTo)
            .orElse(platform.clock().instant());
    try {
      platform
          .tracker()
          .ifPresent(
              tracker -> {
                add(tracker.endedSince(oldest), runs);
                add(tracker.unfinished(), runs);
              });
    } catch (SchedulerFailure e) {
      missing(e);
    }
    return runs;
  }

  private static void add(List<Run> found, Map<String, Run> runs) {
    for (Run run : found) {
      String submission = run.tags().get(Names.TAG_SUBMISSION);
      if (submission != null) {
        runs.put(submission, run);
      }
    }
  }

  private Optional<Run> missing(SchedulerFailure failure) {
    console.err().println("without results: " + failure.getMessage());
    if (failure.hint() != null) {
      console.err().println("  hint: " + failure.hint());
    }
    return Optional.empty();
  }
}
