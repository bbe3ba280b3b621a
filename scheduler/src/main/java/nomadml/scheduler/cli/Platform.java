package nomadml.scheduler.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.release.ReleaseLog;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.ServiceDirectory;
import org.jspecify.annotations.Nullable;

/** What commands work with; each part is connected on first use. */
interface Platform {
  Cluster cluster();

  /** MLflow; empty when nobody names one and Consul knows none. */
  Optional<RunTracker> tracker();

  /** Consul; empty when nobody names one and none answers here. */
  Optional<ServiceDirectory> services();

  /** Grafana's dashboard of a run, when Grafana is known. */
  Optional<URI> dashboard(String runId);

  /**
   * The servers of a deployment.
   *
   * @param prometheus as the command line names it; null when it does not
   */
  Ports deploying(@Nullable String prometheus);

  /** Where releases are kept that begin here: Nomad. */
  ReleaseLog releases();

  /** What the context says of deployments, as options of {@code submit-job deploy}. */
  List<String> deployOptions();

  Map<String, String> environment();

  /** What programs started here get: MLFLOW_TRACKING_URI names the MLflow that was found. */
  default Map<String, String> taskEnvironment() {
    return environment();
  }

  /** Journals, local runs and class archives. */
  Path state();

  Clock clock();
}
