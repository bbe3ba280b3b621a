package nomadml.scheduler.deploy;

import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import nomadml.scheduler.submit.Forecast;

/**
 * Where models are served: Nomad. A server that can't be reached or that denies is a {@link
 * nomadml.scheduler.SchedulerFailure} with exit code 5.
 */
public interface Serving {
  /** For messages: {@code Nomad at http://127.0.0.1:4646}. */
  String name();

  /** Who asks, as the cluster knows them; empty when it does not. */
  Optional<String> caller();

  /** The exact job, as JSON. */
  String render(ServingRequest request);

  /** What would happen to this job now; changes nothing. */
  Forecast plan(ServingRequest request);

  /** The job of a service as it is now; empty when there is none. */
  Optional<ServingJob> current(String service);

  /** The versions of the job that the cluster still knows. */
  List<ServingJob> versions(String service);

  /**
   * The job as a deployment registered it, whatever it is now: the first of its versions, for a
   * cluster that goes back to one copies it.
   */
  default Optional<ServingJob> registered(String service, String deployment) {
    return versions(service).stream()
        .filter(job -> job.deployment().equals(deployment))
        .min(Comparator.comparingLong(ServingJob::version));
  }

  /**
   * Gives it the job, unless it has changed.
   *
   * @param index of the job that is replaced; 0 for none
   */
  boolean register(ServingRequest request, long index);

  /** How a version of the job comes up; empty when Nomad has not begun yet. */
  Optional<Rollout> rollout(ServingJob job);

  /** The servers, those that have ended too, the oldest first. */
  List<Replica> replicas(String service);

  void promote(Rollout rollout);

  /** Makes Nomad go back to the version before. */
  void fail(Rollout rollout);

  /** Says whether Nomad may go back to this version of the job. */
  void mark(ServingJob job, boolean stable);

  void stop(ServingJob job);

  /** Waits until something changes, or for so long; see {@link Rollout} for what. */
  long watch(String service, long since, Duration patience);

  /** The last lines a server wrote, for a message; none when they can't be had. */
  List<String> lastLines(Replica replica);

  /** Where a person sees it. */
  URI link(String service);
}
