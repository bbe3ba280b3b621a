package nomadml.scheduler.mlflow;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.context.Server;
import org.jspecify.annotations.Nullable;

/** How MLflow is told who asks: as its own clients do, a user with a password, else a token. */
record Credentials(@Nullable String token, @Nullable String user, @Nullable String password) {
  static Credentials of(Server server, Map<String, String> environment) {
    return new Credentials(
        server.token(),
        given(environment, "MLFLOW_TRACKING_USERNAME"),
        given(environment, "MLFLOW_TRACKING_PASSWORD"));
  }

  boolean isGiven() {
    return header().isPresent();
  }

  Optional<String> header() {
    if (user != null && password != null) {
      byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair));
    }
    return Optional.ofNullable(token).map(known -> "Bearer " + known);
  }

  @Override
  public String toString() {
    return "credentials";
  }

  private static @Nullable String given(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? null : value;
  }
}
