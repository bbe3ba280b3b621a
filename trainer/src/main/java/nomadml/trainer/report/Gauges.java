package nomadml.trainer.report;

import java.io.IOException;

/** Where the newest values of a run are seen live: the Pushgateway. */
public interface Gauges {
  /** Replaces the run's group by these values. */
  void push(Snapshot snapshot) throws IOException;

  /** Deletes the run's group. */
  void delete(String runId) throws IOException;
}
