package nomadml.scheduler.mlflow;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.context.Server;
import org.jspecify.annotations.Nullable;

/** How MLflow is told who asks: a token, else a user with a password. */
record Credentials(@Nullable String token, @Nullable String user, @Nullable String password) {
  static Credentials of(Server server, Map<String, String> environment) {
    return new Credentials(
        server.token(),
        environment.get("MLFLOW_TRACKING_USERNAME"),
        environment.get("MLFLOW_TRACKING_PASSWORD"));
  }

  Optional<String> header() {
    if (token != null) {
      return Optional.of("Bearer " + token);
    }
    if (user == null || password == null) {
      return Optional.empty();
    }
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair));
  }

  @Override
  public String toString() {
    return "credentials";
  }
}
