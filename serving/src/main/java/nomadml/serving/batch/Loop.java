package nomadml.serving.batch;

/** The event loop of a connection: all that happens to its requests happens there. */
public interface Loop {
  /** Runs a task once what can be read now has been read. From any thread. */
  void soon(Runnable task);

  /** Runs a task on the loop after a while. */
  void after(long milliseconds, Runnable task);
}
