package nomadml.trainer.mlflow;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;

/** Who is asking: MLflow's own environment variables, read once. */
record Credentials(@Nullable String token, @Nullable String user, @Nullable String password) {
  static final String TOKEN = "MLFLOW_TRACKING_TOKEN";
  static final String USER = "MLFLOW_TRACKING_USERNAME";
  static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";

  static Credentials of(Map<String, String> environment) {
    return new Credentials(
        given(environment, TOKEN), given(environment, USER), given(environment, PASSWORD));
  }

  /** As MLflow's client wants them. */
  BasicMlflowHostCreds at(URI address) {
    return new BasicMlflowHostCreds(address.toString(), user, password, token, false);
  }

  HttpRequest.Builder authorize(HttpRequest.Builder request) {
    if (user != null && password != null) {
      byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  /** Without its secrets. */
  @Override
  public String toString() {
    return user != null ? "user " + user : token != null ? "a token" : "nobody";
  }

  private static @Nullable String given(Map<String, String> environment, String name) {
    String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }
}
