package nomadml.trainer;

import nomadml.spec.FailureCause;

/** A training that can't go on, with its cause and what to do about it. */
public final class TrainingFailure extends RuntimeException {
  private final FailureCause cause;
  private final String hint;

  public TrainingFailure(FailureCause cause, String message, String hint) {
    super(message);
    this.cause = cause;
    this.hint = hint;
  }

  /** The job file or its data is wrong. */
  public static TrainingFailure userError(String message, String hint) {
    return new TrainingFailure(FailureCause.USER_ERROR, message, hint);
  }

  /** A file or folder the job names is not there. */
  public static TrainingFailure dataMissing(String message, String hint) {
    return new TrainingFailure(FailureCause.DATA_MISSING, message, hint);
  }

  public FailureCause failureCause() {
    return cause;
  }

  /** What to type or change. */
  public String hint() {
    return hint;
  }
}
