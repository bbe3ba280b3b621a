package nomadml.scheduler.consul;

import nomadml.scheduler.context.Server;
import nomadml.scheduler.deploy.Weights;
import nomadml.spec.Names;

/** What the gateway reads in Consul's KV. */
public final class ConsulWeights implements Weights {
  private final ConsulDirectory consul;

  private ConsulWeights(ConsulDirectory consul) {
    this.consul = consul;
  }

  /** Connects on the first write. */
  public static ConsulWeights at(Server server) {
    return new ConsulWeights(ConsulDirectory.at(server));
  }

  @Override
  public void set(String service, int percent) {
    consul.write(folder(service) + "canary_weight", Integer.toString(percent));
  }

  @Override
  public void remove(String service) {
    consul.delete(folder(service));
  }

  private static String folder(String service) {
    return Names.KV_GATEWAY + service + "/";
  }
}
