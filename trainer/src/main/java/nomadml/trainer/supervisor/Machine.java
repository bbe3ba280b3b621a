package nomadml.trainer.supervisor;

import java.util.Map;
import java.util.OptionalLong;

/** What is measured of the machine the worker runs on. */
public interface Machine {
  /** Values by MLflow's names, {@code system/…}; of the process and its children where it says. */
  Map<String, Double> sample(long pid);

  /**
   * How often the kernel has killed a process of this task because its memory was full; empty when
   * its record can't be read.
   */
  OptionalLong outOfMemoryKills();
}
