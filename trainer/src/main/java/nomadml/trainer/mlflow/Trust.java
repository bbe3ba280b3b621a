package nomadml.trainer.mlflow;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import nomadml.spec.Pem;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server is the right one, by MLflow's own environment variables.
 *
 * @param authority signs the server's certificate; null for the JVM's own authorities
 * @param own our certificate and its key, in one file
 * @param unchecked whether any certificate will do; where an authority is named, it does not
 */
record Trust(@Nullable Path authority, @Nullable Path own, boolean unchecked) {
  static final String AUTHORITY = "MLFLOW_TRACKING_SERVER_CERT_PATH";
  static final String OWN = "MLFLOW_TRACKING_CLIENT_CERT_PATH";
  static final String UNCHECKED = "MLFLOW_TRACKING_INSECURE_TLS";

  static Trust of(Map<String, String> environment) {
    Path authority = path(environment, AUTHORITY);
    String unchecked = environment.getOrDefault(UNCHECKED, "");
    return new Trust(
        authority,
        path(environment, OWN),
        authority == null && (unchecked.equalsIgnoreCase("true") || unchecked.equals("1")));
  }

  /** Empty when the JVM's own does. */
  Optional<SSLContext> context() throws IOException {
    if (authority == null && own == null && !unchecked) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Pem.context(unchecked ? Pem.trustAnyone() : Pem.trust(authority), own, own));
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(
          "the certificates for MLflow can't be used: %s\n  hint: %s and %s name PEM files, the key unencrypted"
              .formatted(e.getMessage(), AUTHORITY, OWN),
          e);
    }
  }

  private static @Nullable Path path(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    return value.isBlank() ? null : Path.of(value);
  }
}
