package nomadml.scheduler.deploy;

import java.util.Map;

/**
 * A version of a registered model.
 *
 * @param runId empty when it comes from no run
 * @param source where its files are, as the registry says it
 */
public record ModelVersion(
    String name, String version, String runId, String source, Map<String, String> tags) {
  @Override
  public String toString() {
    return name + "/" + version;
  }
}
