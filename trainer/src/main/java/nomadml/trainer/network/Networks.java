package nomadml.trainer.network;

import java.util.Locale;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.DataSet;

/**
 * The networks the trainer knows: from the job file's model to lines of a {@link ModuleBuilder}.
 */
public final class Networks {
  private Networks() {}

  /**
   * Adds all layers.
   *
   * @param input the batch, standardised; token ids as they are
   * @return the result with one column for each output
   */
  public static String add(ModuleBuilder module, String input, DataSet data, Train.Model model) {
    return switch (model.type()) {
      case MLP -> new Mlp(module, model).add(numbers(input, data), data);
      case LENET -> new Lenet(module, model).add(image(input, data, model), data);
      case RESNET18, RESNET34, RESNET50 ->
          new Resnet(module, model).add(image(input, data, model), data);
      case MOBILENET_V2 -> new MobilenetV2(module, model).add(image(input, data, model), data);
      case LSTM -> new Lstm(module, model).add(input, data, vocabulary(data, model));
      case TRANSFORMER -> new Transformer(module, model).add(input, data, vocabulary(data, model));
      case TORCHSCRIPT, CUSTOM -> throw new IllegalArgumentException("not one of ours");
    };
  }

  private static String image(String input, DataSet data, Train.Model model) {
    if (!data.isImages()) {
      throw TrainingFailure.userError(
          "model %s needs images, and %s"
              .formatted(name(model), data.isText() ? "this data is text" : "csv data has columns"),
          data.isText() ? "use model lstm or transformer" : "use model mlp");
    }
    return input;
  }

  private static String numbers(String input, DataSet data) {
    if (data.isText()) {
      throw TrainingFailure.userError(
          "model mlp needs numbers, and this data is text", "use model lstm or transformer");
    }
    return input;
  }

  private static int vocabulary(DataSet data, Train.Model model) {
    if (!(data.features() instanceof DataSet.Tokens tokens)) {
      throw TrainingFailure.userError(
          "model %s needs text".formatted(name(model)),
          "use model mlp, or train.data.format: text");
    }
    return tokens.tokenizer().size();
  }

  private static String name(Train.Model model) {
    return model.type().name().toLowerCase(Locale.ROOT);
  }
}
