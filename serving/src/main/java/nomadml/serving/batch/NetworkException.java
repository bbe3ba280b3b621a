package nomadml.serving.batch;

import org.jspecify.annotations.Nullable;

/** A network that could not answer. */
public final class NetworkException extends Exception {
  public NetworkException(String message) {
    this(message, null);
  }

  public NetworkException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
