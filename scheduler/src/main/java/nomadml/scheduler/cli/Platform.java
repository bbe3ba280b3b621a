package nomadml.scheduler.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.ServiceDirectory;

/** What commands work with; each part is connected on first use. */
interface Platform {
  Cluster cluster();

  /** MLflow; empty when nobody names one and Consul knows none. */
  Optional<RunTracker> tracker();

  /** Consul; empty when nobody names one and none answers here. */
  Optional<ServiceDirectory> services();

  /** Grafana's dashboard of a run, when Grafana is known. */
  Optional<URI> dashboard(String runId);

  Map<String, String> environment();

  /** What programs started here get: MLFLOW_TRACKING_URI names the MLflow that was found. */
  default Map<String, String> taskEnvironment() {
    return environment();
  }

  /** Journals, local runs and class archives. */
  Path state();

  Clock clock();
}
