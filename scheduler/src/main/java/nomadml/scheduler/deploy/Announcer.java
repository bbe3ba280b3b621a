package nomadml.scheduler.deploy;

/** Tells people. */
public interface Announcer {
  /** Whether a name has an address. */
  boolean knows(String name);

  /** What is not taken is a {@link nomadml.scheduler.SchedulerFailure}. */
  void tell(String name, Announcement announcement);
}
