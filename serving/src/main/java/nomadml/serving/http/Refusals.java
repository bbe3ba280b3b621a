package nomadml.serving.http;

import java.nio.charset.StandardCharsets;
import nomadml.spec.Json;

/** Why there is no answer, in the words of each protocol. */
final class Refusals {
  private Refusals() {}

  /**
   * The body.
   *
   * @param v2 for the Open Inference Protocol, else for MLflow's
   * @param plain as MLflow refuses a media type
   */
  static byte[] body(boolean v2, boolean plain, int status, String message) {
    if (plain) {
      return message.getBytes(StandardCharsets.UTF_8);
    }
    String json =
        v2
            ? Json.MAPPER.createObjectNode().put("error", message).toString()
            : Json.MAPPER
                .createObjectNode()
                .put("error_code", code(status))
                .put("message", message)
                .toString();
    return json.getBytes(StandardCharsets.UTF_8);
  }

  /** MLflow's word; see its {@code databricks.proto}. */
  private static String code(int status) {
    return switch (status) {
      case 404, 405 -> "ENDPOINT_NOT_FOUND";
      case 429 -> "REQUEST_LIMIT_EXCEEDED";
      case 500 -> "INTERNAL_ERROR";
      case 503 -> "TEMPORARILY_UNAVAILABLE";
      case 504 -> "DEADLINE_EXCEEDED";
      default -> "BAD_REQUEST";
    };
  }
}
