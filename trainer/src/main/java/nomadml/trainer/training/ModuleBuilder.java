package nomadml.trainer.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import nomadml.trainer.training.TorchScriptArchive.Weights;

/**
 * Builds the TorchScript of a network layer by layer: each method adds a line and its tensors and
 * answers the name of its result. Weights begin as PyTorch's own layers begin.
 */
final class ModuleBuilder {
  private final Map<String, Weights> parameters = new LinkedHashMap<>();
  private final Map<String, Weights> buffers = new LinkedHashMap<>();
  private final List<String> lines = new ArrayList<>();
  private final Random random;
  private int results;

  ModuleBuilder(long seed) {
    this.random = new Random(seed);
  }

  /** A tensor that is stored with the network and not trained. */
  String buffer(String name, float[] values, long... shape) {
    buffers.put(name, new Weights(shape, values, false));
    return "self." + name;
  }

  /** {@code (input - mean) * scale} in 32-bit floats, whatever the input's type is. */
  String standardise(String input, String mean, String scale) {
    return add("torch.mul(torch.sub(torch.to(%s, 6), %s), %s)", input, mean, scale);
  }

  /** In 32-bit floats, whatever the input's type is. */
  String floats(String input) {
    return add("torch.to(%s, 6)", input);
  }

  /** The columns a buffer lists, one after the other; a column may come more than once. */
  String columns(String input, String indices) {
    return add("torch.index_select(%s, 1, torch.to(%s, 4))", input, indices);
  }

  String zeroWhereMissing(String input) {
    return add("torch.masked_fill(%s, torch.isnan(%s), 0)", input, input);
  }

  /** One where the value is the buffer's, else zero. */
  String isEqual(String input, String values) {
    return add("torch.to(torch.eq(%s, %s), 6)", input, values);
  }

  /** One where the value is missing, else zero. */
  String isMissing(String input) {
    return add("torch.to(torch.isnan(%s), 6)", input);
  }

  /** Columns of several results as one. */
  String beside(List<String> inputs) {
    return inputs.size() == 1
        ? inputs.get(0)
        : add("torch.cat([%s], 1)", String.join(", ", inputs));
  }

  String linear(String input, int inputs, int outputs) {
    float bound = (float) (1 / Math.sqrt(inputs));
    String weight = parameter("weight", uniform(bound, outputs * inputs), outputs, inputs);
    String bias = parameter("bias", uniform(bound, outputs), outputs);
    return add("torch.linear(%s, %s, %s)", input, weight, bias);
  }

  /** A square convolution with a bias. */
  String convolution(String input, int inputs, int outputs, int kernel, int padding) {
    int fanIn = inputs * kernel * kernel;
    float bound = (float) (1 / Math.sqrt(fanIn));
    String weight =
        parameter("weight", uniform(bound, outputs * fanIn), outputs, inputs, kernel, kernel);
    String bias = parameter("bias", uniform(bound, outputs), outputs);
    return convolve(input, weight, bias, 1, padding);
  }

  /** A square convolution without a bias, as before a normalisation. */
  String plainConvolution(
      String input, int inputs, int outputs, int kernel, int stride, int padding) {
    double deviation = Math.sqrt(2.0 / (outputs * kernel * kernel));
    float[] values = new float[outputs * inputs * kernel * kernel];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    String weight = parameter("weight", values, outputs, inputs, kernel, kernel);
    return convolve(input, weight, "None", stride, padding);
  }

  private String convolve(String input, String weight, String bias, int stride, int padding) {
    return add(
        "torch.conv2d(%s, %s, %s, [%d, %d], [%d, %d], [1, 1], 1)",
        input, weight, bias, stride, stride, padding, padding);
  }

  String batchNormalisation(String input, int channels) {
    String weight = parameter("weight", filled(1, channels), channels);
    String bias = parameter("bias", filled(0, channels), channels);
    String mean = buffer("running_mean" + buffers.size(), filled(0, channels), channels);
    String variance = buffer("running_var" + buffers.size(), filled(1, channels), channels);
    return add(
        "torch.batch_norm(%s, %s, %s, %s, %s, self.training, 0.1, 1.0000000000000001e-05, True)",
        input, weight, bias, mean, variance);
  }

  String relu(String input) {
    return add("torch.relu(%s)", input);
  }

  String sum(String left, String right) {
    return add("torch.add(%s, %s)", left, right);
  }

  String maximumPool(String input, int kernel, int stride, int padding) {
    return add(
        "torch.max_pool2d(%s, [%d, %d], [%d, %d], [%d, %d], [1, 1], False)",
        input, kernel, kernel, stride, stride, padding, padding);
  }

  String globalAveragePool(String input) {
    return add("torch.adaptive_avg_pool2d(%s, [1, 1])", input);
  }

  String flatten(String input) {
    return add("torch.flatten(%s, 1)", input);
  }

  String dropout(String input, double probability) {
    return probability == 0
        ? input
        : add("torch.dropout(%s, %s, self.training)", input, probability);
  }

  /**
   * Writes the module: {@code logits(x)} for the training and {@code forward(x)} for everyone else.
   *
   * @param forward what {@code forward} makes of {@code logits}
   */
  void write(Path file, String result, String forward) throws IOException {
    Map<String, Weights> all = new LinkedHashMap<>(parameters);
    all.putAll(buffers);
    String source =
        """
        class M(Module):
          __parameters__ = [%s]
          __buffers__ = [%s]
          training : bool
        %s  def logits(self: __torch__.M,
            x: Tensor) -> Tensor:
        %s    return %s
          def forward(self: __torch__.M,
            x: Tensor) -> Tensor:
            logits = (self).logits(x, )
            return %s
        """
            .formatted(
                quoted(parameters),
                quoted(buffers),
                all.keySet().stream()
                    .map("  %s : Tensor\n"::formatted)
                    .collect(Collectors.joining()),
                lines.stream().map("    %s\n"::formatted).collect(Collectors.joining()),
                result,
                forward);
    TorchScriptArchive.write(file, source, all);
  }

  private static String quoted(Map<String, Weights> names) {
    return names.keySet().stream().map("\"%s\", "::formatted).collect(Collectors.joining());
  }

  private String add(String expression, Object... parts) {
    return add(Locale.ROOT, expression, parts);
  }

  private String add(Locale locale, String expression, Object... parts) {
    String name = "h" + results++;
    lines.add(name + " = " + String.format(locale, expression, parts));
    return name;
  }

  private String parameter(String kind, float[] values, long... shape) {
    String name = kind + parameters.size();
    parameters.put(name, new Weights(shape, values, true));
    return "self." + name;
  }

  private float[] uniform(float bound, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (random.nextFloat() * 2 - 1) * bound;
    }
    return values;
  }

  private static float[] filled(float value, int count) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }
}
