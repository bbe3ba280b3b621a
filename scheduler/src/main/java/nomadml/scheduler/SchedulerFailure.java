package nomadml.scheduler;

import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** A command that can't go on: what was tried and why it failed, what to type, and how to exit. */
public class SchedulerFailure extends RuntimeException {
  private final ExitCode exitCode;
  private final @Nullable String hint;

  public SchedulerFailure(ExitCode exitCode, String message, @Nullable String hint) {
    this(exitCode, message, hint, null);
  }

  public SchedulerFailure(
      ExitCode exitCode, String message, @Nullable String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  public ExitCode exitCode() {
    return exitCode;
  }

  /** What to type or change. */
  public @Nullable String hint() {
    return hint;
  }
}
