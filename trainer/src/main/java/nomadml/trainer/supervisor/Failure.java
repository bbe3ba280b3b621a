package nomadml.trainer.supervisor;

import nomadml.spec.FailureCause;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/**
 * Why a worker ended without success.
 *
 * @param message what happened, with its evidence
 * @param exitCode null when it was not a worker's end
 */
record Failure(
    FailureCause cause, String message, @Nullable String hint, @Nullable Integer exitCode) {
  static Failure of(TrainingFailure failure) {
    return new Failure(
        failure.failureCause(), String.valueOf(failure.getMessage()), failure.hint(), null);
  }
}
