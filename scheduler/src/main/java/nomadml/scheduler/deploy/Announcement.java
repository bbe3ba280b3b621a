package nomadml.scheduler.deploy;

import java.net.URI;

/**
 * What people are told of a deployment.
 *
 * @param event {@code waiting}, {@code promoted}, {@code failed} or {@code rejected}
 * @param link where a person sees the service
 */
public record Announcement(String event, Deployment deployment, URI link) {}
