package nomadml.trainer.report;

import java.io.IOException;

/** The server understood the request and will never accept it: sending it again is no use. */
public final class RefusedException extends IOException {
  public RefusedException(String message, Throwable cause) {
    super(message, cause);
  }

  public RefusedException(String message) {
    super(message);
  }
}
