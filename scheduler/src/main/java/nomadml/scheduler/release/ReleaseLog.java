package nomadml.scheduler.release;

import java.util.List;
import java.util.Optional;

/**
 * Where releases are kept: Nomad Variables of the first environment. A server that can't be reached
 * or that denies is a {@link nomadml.scheduler.SchedulerFailure} with exit code 5.
 */
public interface ReleaseLog {
  /** The releases of a model, the newest first. */
  List<Entry> newest(String model, int limit);

  Optional<Entry> entry(String model, String id);

  /**
   * Writes one, unless somebody else did since it was read.
   *
   * @param index of the entry that was read; 0 for one that must not be there
   */
  boolean write(Release release, long index);

  /** A release as it was read. */
  record Entry(Release release, long index) {}
}
