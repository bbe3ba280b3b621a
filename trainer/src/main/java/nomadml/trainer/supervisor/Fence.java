package nomadml.trainer.supervisor;

import java.time.Duration;

/**
 * Makes an attempt the only one that writes to its run. Nothing here waits: what happens is told to
 * the {@link Listener} from the fence's own thread, and a server that can't be reached is tried
 * again until it answers.
 */
public interface Fence extends AutoCloseable {
  /**
   * Begins.
   *
   * @param claim what is known of the run on this node
   */
  void start(Claim claim, Listener listener);

  /** Remembers how long the run has trained over all attempts, where the next attempt sees it. */
  void trained(Duration duration);

  /** Lets the next attempt in at once. */
  @Override
  void close();

  /**
   * What the run folder says: the attempts it has seen and how long they trained.
   *
   * @param allocation names the holder for a person
   */
  record Claim(int attemptsBefore, Duration trainedBefore, String allocation) {}

  /** Told what the fence finds. */
  interface Listener {
    /**
     * This attempt's number, higher than any before; once.
     *
     * @param trainedBefore by attempts before, on any node
     */
    void raised(int attempt, Duration trainedBefore);

    /** The lock is held: this attempt may write. */
    void held();

    /** The lock is not held any more; it may come back. */
    void lost(String reason);

    /** A later attempt exists: this one must stop for good and never write again. */
    void superseded(int attempt);
  }
}
