package nomadml.scheduler.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where jobs run: Nomad, or this machine. A server that can't be reached or that denies is a {@link
 * nomadml.scheduler.SchedulerFailure} with exit code 5, whose message names the address.
 */
public interface Cluster {
  /** For messages: {@code Nomad at http://127.0.0.1:4646}, {@code this machine}. */
  String name();

  /** Whether inputs travel through the run's artifacts; else they are read where they lie. */
  boolean isRemote();

  /**
   * What tells it from every other cluster, however it is reached: some names that are nobody
   * else's. They may change one after the other in months, so that one in common means the same
   * cluster. Empty when it has none.
   */
  Set<String> identities();

  /** The exact job it would be given, as JSON. */
  String render(JobRequest request);

  /** What would happen to this job now; changes nothing. */
  Forecast plan(JobRequest request);

  /**
   * Gives it the job, unless it has it: check-index 0.
   *
   * @return false when this submission was registered before. Another job of that id is a failure.
   */
  boolean register(JobRequest request);

  /** Our jobs, the newest first; of every namespace the token may read when none was chosen. */
  List<Job> jobs();

  /**
   * Whether {@link #jobs} has the jobs of a namespace: who does not see a job must not take it for
   * gone.
   *
   * @param namespace empty for all of them
   */
  boolean sees(String namespace);

  /** A job by its id, or by the beginning of it when only one begins so. */
  Optional<Job> job(String id);

  /** Its allocations, the oldest first. */
  List<Allocation> allocations(Job job);

  /**
   * Waits until the job or one of its allocations changes, or for so long.
   *
   * @param since what {@link #watch} answered last; 0 answers at once
   */
  long watch(Job job, long since, Duration patience);

  /**
   * What the task of an allocation wrote.
   *
   * @param follow blocks for more until the task ends
   */
  InputStream logs(Allocation allocation, Stream stream, long offset, boolean follow)
      throws IOException;

  /** Stops a job: its task gets SIGTERM. */
  void stop(Job job);

  /**
   * Evaluates a dead job again, under the same id, so that what a drain ended goes on elsewhere.
   */
  void resume(Job job);

  /** Runs a command beside the task; its exit code. */
  int exec(
      Allocation allocation,
      List<String> command,
      InputStream input,
      OutputStream output,
      OutputStream errors)
      throws IOException;

  /** The nodes and what is free on each. */
  List<Node> nodes();

  /** Where a person sees the job. */
  Optional<URI> link(String jobId);

  /** Where a person sees the job, whatever namespace it is in. */
  default Optional<URI> link(Job job) {
    return link(job.id());
  }

  /** Which of a task's outputs. */
  enum Stream {
    STDOUT,
    STDERR
  }
}
