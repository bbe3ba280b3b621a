package nomadml.trainer.report;

/** MLflow's words. */
public enum RunStatus {
  SCHEDULED,
  RUNNING,
  FINISHED,
  FAILED,
  KILLED
}
