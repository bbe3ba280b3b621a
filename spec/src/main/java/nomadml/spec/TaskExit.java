package nomadml.spec;

/**
 * What the supervisor's process exits with, read by Nomad's restart policy and by the scheduler.
 */
public final class TaskExit {
  /** Trained to the end. */
  public static final int DONE = 0;

  /** Failed for good: the verdict is on disk, in MLflow and in the last progress line. */
  public static final int FAILED = 1;

  /** Stopped by a signal after a checkpoint: the run can be resumed. */
  public static final int RESUMABLE = 143;

  private TaskExit() {}
}
