package nomadml.spec;

/** What {@code submit-job} exits with; the outcome of the job it followed. */
public enum ExitCode {
  DONE(0),
  INTERNAL_ERROR(1),
  USAGE(2),
  NEVER_PLACED(3),
  TRAINING_FAILED(4),
  SERVER_UNREACHABLE(5),
  TIME_LIMIT(6),
  CANCELLED(7),
  INTERRUPTED(130);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The exit code of a job that ended by this cause. */
  public static ExitCode of(FailureCause cause) {
    return switch (cause) {
      case TIME_LIMIT -> TIME_LIMIT;
      case CANCELLED -> CANCELLED;
      case NO_CAPACITY -> NEVER_PLACED;
      case INTERNAL -> INTERNAL_ERROR;
      default -> TRAINING_FAILED;
    };
  }
}
