package nomadml.scheduler.deploy;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Everything a cluster needs to serve a model.
 *
 * @param deployment its id
 * @param by who deploys it
 * @param link where a person sees the model version
 */
public record ServingRequest(
    Wish wish, String deployment, String by, Instant at, @Nullable URI link) {}
