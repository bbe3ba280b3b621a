package nomadml.scheduler.follow;

import java.util.Map;
import nomadml.spec.ExitCode;
import nomadml.spec.FailureCause;
import org.jspecify.annotations.Nullable;

/**
 * How a job ended.
 *
 * @param exitCode of {@code submit-job --follow}
 * @param cause null when it was trained to the end
 * @param message what happened, with its evidence
 * @param hint what to type next
 * @param metrics of the last progress line; empty when the task told nothing
 * @param facts of the last progress line, such as {@code model_folder} and {@code exit_code}
 */
public record Outcome(
    ExitCode exitCode,
    @Nullable FailureCause cause,
    String message,
    @Nullable String hint,
    Map<String, Double> metrics,
    Map<String, String> facts) {

  public boolean isDone() {
    return exitCode == ExitCode.DONE;
  }
}
