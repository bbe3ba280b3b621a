package nomadml.scheduler.cli;

import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Parameters;

/** The job a command is about: its id, or the beginning of it. */
final class JobArgument {
  @Parameters(
      index = "0",
      paramLabel = "JOB",
      description = "the job's id, or the beginning of it when only one begins so")
  private String id = "";

  String id() {
    return id;
  }

  Optional<Job> lookUp(Cluster cluster) {
    return cluster.job(id);
  }

  Job find(Cluster cluster) {
    return find(cluster, id);
  }

  static Job find(Cluster cluster, String id) {
    return cluster
        .job(id)
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.USAGE,
                    "looked for job '" + id + "' on " + cluster.name() + ": no one job has this id",
                    Hints.LIST));
  }
}
