package nomadml.scheduler.submit;

/**
 * A job the cluster has accepted.
 *
 * @param continued whether an earlier call began this submission
 */
public record Submitted(JobRequest request, Forecast forecast, boolean continued) {}
