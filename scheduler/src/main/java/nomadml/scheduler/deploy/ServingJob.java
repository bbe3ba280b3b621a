package nomadml.scheduler.deploy;

/**
 * A version of a service's job.
 *
 * @param version as Nomad counts them, from 0
 * @param index to be named when it is replaced
 * @param modelVersion empty when somebody else made it
 * @param deployment the id of what made it
 */
public record ServingJob(
    String id,
    String namespace,
    long version,
    long index,
    boolean stopped,
    String model,
    String modelVersion,
    String deployment) {}
