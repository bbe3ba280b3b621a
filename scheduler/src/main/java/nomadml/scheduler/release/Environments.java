package nomadml.scheduler.release;

import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.deploy.Wish;

/** The environments by their names. */
public interface Environments {
  /** Where releases are kept that begin in this one. */
  ReleaseLog log(String context);

  /**
   * The servers of one. A context that is not configured is a failure that says which there are.
   */
  Ports ports(String context);

  /**
   * What is wished there, by what its context says; asks no server.
   *
   * @param last whether the release ends there, so that the alias moves
   */
  Wish wish(Plan stage, boolean last, ModelVersion version, String digest);
}
