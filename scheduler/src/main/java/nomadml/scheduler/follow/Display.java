package nomadml.scheduler.follow;

import nomadml.spec.Progress;

/**
 * Where a followed job is shown: a terminal, plain lines, JSON. Called by one thread, in the order
 * things happened.
 */
public interface Display {
  /** Something about the job changed: what it waits for, where it is placed, that it restarts. */
  void state(String sentence);

  /**
   * The training told something.
   *
   * @param line as it was printed
   */
  void progress(Progress progress, String line);

  /** Other output of the task, without its line end. */
  void output(String line);

  /** What the task wrote to stderr, where both of its outputs are shown. */
  default void errorOutput(String line) {
    output(line);
  }

  /** Nothing more comes. */
  default void end() {}
}
