package nomadml.scheduler.submit;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/** What Consul says is there. */
public interface ServiceDirectory {
  /** A healthy instance. */
  Optional<URI> find(String service);

  /** The instances of one service, healthy or not. */
  List<Service> instances(String service);

  /** Every instance, healthy or not, by name: a question for each service there is. */
  List<Service> services();

  /**
   * An instance.
   *
   * @param status {@code passing}, {@code warning} or {@code critical}
   */
  record Service(String name, URI address, String node, String status, String output) {}
}
