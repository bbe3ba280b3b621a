package nomadml.trainer.mlflow;

import java.io.IOException;

/** What was asked for is not there. */
final class MissingException extends IOException {
  private final boolean saidByMlflow;

  MissingException(String message, boolean saidByMlflow) {
    super(message);
    this.saidByMlflow = saidByMlflow;
  }

  /** False when something that is not MLflow answered. */
  boolean isSaidByMlflow() {
    return saidByMlflow;
  }
}
