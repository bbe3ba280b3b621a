package nomadml.scheduler.deploy;

import java.util.Optional;

/**
 * The servers a deployment goes through.
 *
 * @param weights empty without Consul
 * @param measurements empty without Prometheus
 * @param announcer empty when the addresses are not known here
 * @param user who types
 */
public record Ports(
    Serving serving,
    Registry registry,
    DeploymentLog log,
    Predictions predictions,
    Optional<Weights> weights,
    Optional<Measurements> measurements,
    Optional<Announcer> announcer,
    String user) {}
