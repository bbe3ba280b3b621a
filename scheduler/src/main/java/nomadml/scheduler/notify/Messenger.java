package nomadml.scheduler.notify;

import java.net.URI;

/** The ways to people. */
public interface Messenger {
  /** Whether a name has an address. */
  boolean knows(String name);

  /**
   * Sends it. What is not taken is a {@link nomadml.scheduler.SchedulerFailure} with exit code 5,
   * whose message holds no secret part of the address.
   *
   * @param link where a person sees the run
   */
  void send(Notice notice, URI link);
}
