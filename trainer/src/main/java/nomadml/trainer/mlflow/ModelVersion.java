package nomadml.trainer.mlflow;

import nomadml.spec.Location;
import org.jspecify.annotations.Nullable;

/**
 * A version of a registered model.
 *
 * @param location by its number, whatever alias it was asked for by
 * @param runId of the run it is of; empty when there is none
 * @param digest {@code sha256:} and 64 digits, as its tag says; null without one
 * @param root where its files are
 */
public record ModelVersion(
    Location.RegisteredModel location, String runId, @Nullable String digest, String root) {

  /** Its number. */
  public String number() {
    return location.version();
  }
}
