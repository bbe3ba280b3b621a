package nomadml.scheduler.reconcile;

import java.util.Set;

/** The names of Nomad's task events that matter. */
public final class TaskEvents {
  public static final String STARTED = "Started";
  public static final String TERMINATED = "Terminated";
  public static final String RESTARTING = "Restarting";
  private static final Set<String> FAILURES_TO_START =
      Set.of(
          "Driver Failure",
          "Setup Failure",
          "Failed Validation",
          "Failed Artifact Download",
          "Task Hook Failed",
          "Template Failed");

  private TaskEvents() {}

  public static boolean isFailureToStart(String type) {
    return FAILURES_TO_START.contains(type);
  }
}
