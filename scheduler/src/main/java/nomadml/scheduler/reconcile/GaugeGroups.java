package nomadml.scheduler.reconcile;

import java.time.Instant;
import java.util.List;

/**
 * The groups of gauges trainings have pushed: the Pushgateway, which never forgets one by itself.
 */
public interface GaugeGroups {
  /** For messages: {@code Pushgateway at http://127.0.0.1:9091}. */
  String name();

  /** Every group of a training. A server that fails is a SchedulerFailure with exit code 5. */
  List<Group> groups();

  /** Deletes a run's group; one that is gone is no failure. */
  void delete(String runId);

  /**
   * A group.
   *
   * @param pushed when it was last written
   */
  record Group(String runId, Instant pushed) {}
}
