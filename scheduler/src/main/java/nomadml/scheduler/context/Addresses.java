package nomadml.scheduler.context;

import java.net.URI;
import java.net.URISyntaxException;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** Reads addresses as people write them. */
final class Addresses {
  private Addresses() {}

  /**
   * An http or https address; {@code host:port} takes the scheme given.
   *
   * @param source who wrote it, for the message
   */
  static URI parse(String text, String source, String scheme) {
    String whole = text.contains("://") ? text : scheme + "://" + text;
    try {
      URI address = new URI(whole.strip().replaceAll("/+$", ""));
      boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
      if (!web || address.getHost() == null) {
        throw refused(text, source, null);
      }
      if (address.getUserInfo() != null) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            source + " holds a password: an address shows up in logs",
            "leave it out and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token");
      }
      return address;
    } catch (URISyntaxException e) {
      throw refused(text, source, e);
    }
  }

  private static SchedulerFailure refused(String text, String source, @Nullable Throwable cause) {
    return new SchedulerFailure(
        ExitCode.USAGE,
        source + " must be an http or https address, not '" + text + "'",
        "such as http://127.0.0.1:4646",
        cause);
  }
}
