package nomadml.scheduler.submit;

import java.net.URI;
import java.util.List;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import org.jspecify.annotations.Nullable;

/**
 * Everything a cluster needs to run a job.
 *
 * @param jobId made by the client, the same for each try of a submission
 * @param submissionId 32 hex digits
 * @param runId the MLflow run; null when MLflow could not be reached: the supervisor makes it then
 * @param runLink where a person sees the run
 * @param dashboardLink where a person sees its metrics live
 * @param origin who submitted which file
 * @param cluster which one it is given to, for the run's tag; null when it can't be told
 */
public record JobRequest(
    JobFile job,
    String jobId,
    String submissionId,
    @Nullable String runId,
    @Nullable URI runLink,
    @Nullable URI dashboardLink,
    List<Input> inputs,
    Origin origin,
    @Nullable String cluster) {}
