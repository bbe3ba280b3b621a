package nomadml.trainer.supervisor;

import java.util.Map;

/** What is measured of the machine the worker runs on. */
public interface Machine {
  /** Values by MLflow's names, {@code system/…}; of the process and its children where it says. */
  Map<String, Double> sample(long pid);

  /** How often the kernel has killed a process of this task because its memory was full. */
  long outOfMemoryKills();
}
