package nomadml.trainer.report;

import java.io.IOException;
import java.net.URI;

/** Finds a service where it is now: by the environment when it names it, else by Consul. */
public interface Services {
  /** The address of a healthy instance. Throws when none is known, with what was asked. */
  URI find(String service) throws IOException;
}
