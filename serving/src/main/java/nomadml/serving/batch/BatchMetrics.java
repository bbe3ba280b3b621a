package nomadml.serving.batch;

/** What is told of each batch. */
@FunctionalInterface
public interface BatchMetrics {
  /** A batch was answered in so many seconds. */
  void batch(int rows, double seconds);
}
