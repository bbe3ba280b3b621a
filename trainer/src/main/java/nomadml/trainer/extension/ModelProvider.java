package nomadml.trainer.extension;

import java.util.List;
import nomadml.trainer.network.ModuleBuilder;

/**
 * A network that a job file asks for by {@code train.model: {type: custom, name: …}}. Found by
 * {@link java.util.ServiceLoader}: name the class in {@code
 * META-INF/services/nomadml.trainer.extension.ModelProvider}; it needs a public constructor without
 * parameters. It is called once, before the first epoch: a resumed training takes the network from
 * its checkpoint.
 */
public interface ModelProvider {
  /** What {@code train.model.name} says; no two of a job have the same. */
  String name();

  /**
   * Adds the layers. Whatever it throws fails the run with the cause {@code user_error} and the
   * exception's message.
   *
   * @param module gets a line for each layer; its random numbers follow from {@code train.seed}
   * @param input the name of the batch: columns standardised, with an input of their own for
   *     categories ({@code [rows, inputs]}); pixels standardised by channel ({@code [rows,
   *     channels, height, width]}); or token ids ({@code [rows, sequence length]})
   * @param data what goes in and out
   * @param options {@code train.model.options}
   * @return the name of the result: {@code [rows, outputs]}, before any softmax
   */
  String build(ModuleBuilder module, String input, Shape data, Options options);

  /**
   * The sizes of a network.
   *
   * @param kind what the input holds
   * @param dimensions of one example as the network gets it: {@code [inputs]}, {@code [channels,
   *     height, width]} or {@code [sequence length]}
   * @param outputs one for each class, or 1 for a regression
   * @param classification whether the outputs become probabilities
   * @param vocabulary how many token ids there are; 0 for what is no text
   */
  record Shape(
      Kind kind, List<Integer> dimensions, int outputs, boolean classification, int vocabulary) {
    /** Numbers of one example. */
    public int width() {
      return dimensions.stream().reduce(1, Math::multiplyExact);
    }
  }

  /** What the input holds. */
  enum Kind {
    TABLE,
    PIXELS,
    TOKENS
  }
}
