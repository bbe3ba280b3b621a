package nomadml.scheduler.deploy;

/** What the gateway reads: Consul KV. */
public interface Weights {
  /** Gives so many percent of a service's requests to its canaries. */
  void set(String service, int percent);

  /** Forgets a service. */
  void remove(String service);
}
