package nomadml.scheduler.deploy;

import nomadml.scheduler.submit.Allocation;
import org.jspecify.annotations.Nullable;

/**
 * One server of a model.
 *
 * @param healthy null while Nomad has not decided
 * @param address {@code host:port}; empty before it has one
 */
public record Replica(
    Allocation allocation,
    long jobVersion,
    boolean canary,
    @Nullable Boolean healthy,
    String address) {

  public boolean isLiving() {
    return !allocation.status().isTerminal() && allocation.desired().equals("run");
  }

  boolean serves() {
    return isLiving() && !address.isEmpty() && Boolean.TRUE.equals(healthy);
  }
}
