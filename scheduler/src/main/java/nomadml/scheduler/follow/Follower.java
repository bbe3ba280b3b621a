package nomadml.scheduler.follow;

import java.time.Clock;
import java.util.EnumSet;
import java.util.Set;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;

/**
 * Shows a job until it has ended: what it waits for, where it runs, its progress and its output,
 * over restarts, replacements and lost connections. What a drain ended it asks the cluster to place
 * again; else it only reads, so leaving it changes nothing.
 */
public final class Follower {
  private final Cluster cluster;
  private final Display display;
  private final Clock clock;

  public Follower(Cluster cluster, Display display, Clock clock) {
    this.cluster = cluster;
    this.display = display;
    this.clock = clock;
  }

  /** Blocks until the job has ended. */
  public Outcome follow(Job job) {
    return follow(job, EnumSet.allOf(Cluster.Stream.class));
  }

  /** As {@link #follow(Job)}, with only some of the task's outputs. */
  public Outcome follow(Job job, Set<Cluster.Stream> streams) {
    try (Following following = new Following(cluster, job, streams, display, clock)) {
      return following.untilItEnds();
    }
  }
}
