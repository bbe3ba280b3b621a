package nomadml.trainer.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import nomadml.spec.Json;
import nomadml.trainer.report.RefusedException;
import org.jspecify.annotations.Nullable;

/** What MLflow's answers mean. */
final class Answers {
  static final String NO_SUCH = "RESOURCE_DOES_NOT_EXIST";
  static final String EXISTS = "RESOURCE_ALREADY_EXISTS";
  private static final int LONGEST = 300;

  private Answers() {}

  /**
   * The failure an answer stands for: refused for good when MLflow itself says that the request is
   * wrong; what is missing, denied or answered by something else may be put right.
   */
  static IOException failure(URI address, String what, int status, @Nullable String body) {
    JsonNode error = error(body);
    String code = error.path("error_code").asText();
    String reason =
        error
            .path("message")
            .asText(body == null ? "" : body.strip())
            .lines()
            .findFirst()
            .orElse("");
    String message =
        "%s at %s failed with %d: %s"
            .formatted(
                what,
                address,
                status,
                reason.length() > LONGEST ? reason.substring(0, LONGEST) + " …" : reason);
    if (status == 401 || status == 403) {
      String hint =
          reason.contains("Host header")
              ? "start MLflow with --allowed-hosts"
              : "set %s, or %s and %s"
                  .formatted(Credentials.TOKEN, Credentials.USER, Credentials.PASSWORD);
      return new IOException(message + "\n  hint: " + hint);
    }
    if (code.equals(NO_SUCH) || (status == 404 && code.isEmpty())) {
      return new MissingException(message, !code.isEmpty());
    }
    // MLflow calls it our fault when its own connections to the database are all in use.
    boolean isBusy = reason.startsWith("QueuePool limit");
    boolean wrong = status >= 400 && status < 500 && status != 408 && status != 429 && !isBusy;
    return (wrong && !code.isEmpty()) || status == 413
        ? new RefusedException(message)
        : new IOException(message);
  }

  private static JsonNode error(@Nullable String body) {
    try {
      return body == null ? Json.MAPPER.nullNode() : Json.MAPPER.readTree(body);
    } catch (JsonProcessingException e) {
      return Json.MAPPER.nullNode();
    }
  }
}
