package nomadml.serving;

import nomadml.spec.ExitCode;

/** A server that can't go on, with what to do about it. */
public final class ServingFailure extends RuntimeException {
  private final ExitCode exitCode;
  private final String hint;

  public ServingFailure(ExitCode exitCode, String message, String hint) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  /** The model, or how it is asked for, is wrong. */
  public static ServingFailure usage(String message, String hint) {
    return new ServingFailure(ExitCode.USAGE, message, hint);
  }

  public ExitCode exitCode() {
    return exitCode;
  }

  /** What to type or change. */
  public String hint() {
    return hint;
  }
}
