package nomadml.scheduler.cli;

import java.util.List;
import java.util.Optional;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;

/** The jobs that schedules started and the cluster has not forgotten. */
record LaunchedJobs(Cluster cluster) {
  /** Those of one schedule, the newest first. */
  List<Job> of(Job schedule) {
    return cluster.jobs().stream().filter(job -> job.isLaunchOf(schedule)).toList();
  }

  /** What is meant by a job: the newest that a schedule started, every other one itself. */
  Optional<Job> newest(Job job) {
    return job.schedule() ? of(job).stream().findFirst() : Optional.of(job);
  }
}
