package nomadml.scheduler.follow;

import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Cluster;
import org.jspecify.annotations.Nullable;

/** What the threads that watch a job tell the one that shows it. */
sealed interface Signal {
  /** How the job stands now. */
  record Viewed(View view) implements Signal {}

  /** The cluster knows no such job any more. */
  record Vanished() implements Signal {}

  /** The cluster could not be asked; it is asked again. */
  record Unanswered(SchedulerFailure failure) implements Signal {}

  /** A line of a task's output. */
  record Line(Source source, String text) implements Signal {}

  /**
   * All a task wrote was read.
   *
   * @param problem why it may not be all
   */
  record LogEnded(Source source, @Nullable String problem) implements Signal {}

  /** One of the outputs of an allocation's task. */
  record Source(String allocationId, Cluster.Stream stream) {}
}
