package nomadml.trainer.extension;

/**
 * A metric that a job file asks for by {@code train.custom_metrics: […]}. Found by {@link
 * java.util.ServiceLoader}, as {@link ModelProvider} is. It appears as {@code validation_} and its
 * name, and as {@code test_} and its name at the end; {@code early_stopping.metric} may watch it.
 */
public interface MetricProvider {
  /** Lower-case letters, digits and underscores, and no name of the trainer's own metrics. */
  String name();

  /** Whether a higher value is a better one. */
  boolean higherIsBetter();

  /**
   * Measures all held-out rows at once, after each epoch. Whatever it throws, and an answer that is
   * no finite number, fails the run with the cause {@code user_error}.
   *
   * @param outputs for each row the probabilities of the classes, or the one predicted number
   * @param targets for each row the index of its class, or the number it is
   */
  double measure(float[][] outputs, float[] targets);
}
