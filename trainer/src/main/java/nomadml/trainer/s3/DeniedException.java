package nomadml.trainer.s3;

import java.io.IOException;

/** The server refuses: somebody must change something first. */
final class DeniedException extends IOException {
  private final String reason;
  private final String hint;

  DeniedException(String reason, String hint, Exception cause) {
    super("%s%n  hint: %s".formatted(reason, hint), cause);
    this.reason = reason;
    this.hint = hint;
  }

  String reason() {
    return reason;
  }

  /** What to type or change. */
  String hint() {
    return hint;
  }
}
