package nomadml.scheduler.deploy;

import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The registry of models: MLflow. One that can't be reached is a {@link
 * nomadml.scheduler.SchedulerFailure} with exit code 5.
 */
public interface Registry {
  /** For messages: {@code MLflow at http://127.0.0.1:5000}. */
  String name();

  /** The version that is meant now. None is a failure that says which there are. */
  ModelVersion version(ModelReference reference);

  /** Where an alias points; empty when there is no such alias. */
  Optional<String> alias(String model, String alias);

  void setAlias(String model, String alias, String version);

  void setTags(ModelVersion version, Map<String, String> tags);

  /** The paths of a version's files, relative to its folder. */
  List<String> files(ModelVersion version);

  /** A file of it; the caller closes it. */
  InputStream open(ModelVersion version, String path);

  /** An artifact of a run; the caller closes it. */
  InputStream open(String runId, String path);

  /** Where a person sees it. */
  URI link(ModelVersion version);
}
