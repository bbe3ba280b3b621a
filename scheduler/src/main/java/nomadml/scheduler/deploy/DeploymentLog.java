package nomadml.scheduler.deploy;

import java.util.List;
import java.util.Optional;

/**
 * Where deployments are kept: Nomad Variables. A server that can't be reached or that denies is a
 * {@link nomadml.scheduler.SchedulerFailure} with exit code 5.
 */
public interface DeploymentLog {
  /** The deployments of a model, the newest first. */
  List<Entry> newest(String model, int limit);

  Optional<Entry> entry(String model, String id);

  /**
   * Writes one, unless somebody else did since it was read.
   *
   * @param index of the entry that was read; 0 for one that must not be there
   */
  boolean write(Deployment deployment, long index);

  /** A deployment as it was read. */
  record Entry(Deployment deployment, long index) {}
}
