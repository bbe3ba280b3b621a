package nomadml.trainer.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import nomadml.spec.Train;
import nomadml.trainer.network.TorchScriptArchive.Weights;

/**
 * Builds the TorchScript of a network layer by layer: each method adds a line and its tensors and
 * answers the name of its result, which later lines take as their input. Weights begin as PyTorch's
 * own layers begin, from the seed alone.
 *
 * <p>The batch is called {@code x}: rows of numbers, pixels of shape {@code [rows, channels,
 * height, width]}, or token ids of shape {@code [rows, sequence length]} with 0 after each text's
 * end. What the result must be: {@code [rows, outputs]}.
 */
public final class ModuleBuilder {
  /** Of equal pixels the first is taken, as PyTorch does. */
  private static final String HALVE =
      """
        def halve(self: __torch__.M,
            x: Tensor) -> Tensor:
          h = torch.floordiv(torch.size(x, 2), 2)
          w = torch.floordiv(torch.size(x, 3), 2)
          line = torch.size(x, 3)
          pixels = torch.detach(x)
          above = torch.slice(pixels, 2, 0, torch.mul(h, 2), 2)
          below = torch.slice(pixels, 2, 1, torch.mul(h, 2), 2)
          a = torch.slice(above, 3, 0, torch.mul(w, 2), 2)
          b = torch.slice(above, 3, 1, torch.mul(w, 2), 2)
          c = torch.slice(below, 3, 0, torch.mul(w, 2), 2)
          d = torch.slice(below, 3, 1, torch.mul(w, 2), 2)
          lower = torch.gt(torch.maximum(c, d), torch.maximum(a, b))
          right = torch.gt(b, a)
          differs = torch.bitwise_and(lower, torch.bitwise_xor(right, torch.gt(d, c)))
          rows = torch.mul(torch.unsqueeze(torch.arange(h, dtype=4, layout=0, device=ops.prim.device(x), pin_memory=False), 1), torch.mul(line, 2))
          columns = torch.mul(torch.arange(w, dtype=4, layout=0, device=ops.prim.device(x), pin_memory=False), 2)
          corner = torch.add(rows, columns)
          index = torch.add(torch.add(corner, torch.bitwise_xor(right, differs)), lower, alpha=line)
          found = torch.gather(torch.flatten(x, 2), 2, torch.flatten(index, 2))
          return torch.reshape(found, [torch.size(x, 0), torch.size(x, 1), h, w])
      """;

  /** The layers in the training's precision. */
  public static final String MIXED = "mixed";

  private static final Pattern LOW = Pattern.compile("low\\(([\\w.]+)\\)");
  private static final Pattern FULL = Pattern.compile("full\\(([\\w.]+)\\)");

  private final Set<String> methods = new LinkedHashSet<>();
  private final Map<String, Weights> parameters = new LinkedHashMap<>();
  private final Map<String, Weights> buffers = new LinkedHashMap<>();
  private final List<String> inputLines = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private final Random random;
  private final Train.Precision precision;
  private String input = "x";
  private int results;

  /** An empty network whose first weights follow from the seed. */
  public ModuleBuilder(long seed) {
    this(seed, Train.Precision.FLOAT32);
  }

  /**
   * The same for a training in another precision.
   *
   * @param precision of linear layers and convolutions while training
   */
  public ModuleBuilder(long seed, Train.Precision precision) {
    this.random = new Random(seed);
    this.precision = precision;
  }

  /**
   * The lines so far have nothing to train, so that their result can be kept for all steps; the
   * lines that follow know nothing else of the batch.
   */
  public String endInput(String result) {
    input = result;
    inputLines.addAll(lines);
    lines.clear();
    return result;
  }

  /** A tensor that is trained; answers the expression that reads it. */
  public String parameter(String kind, float[] values, long... shape) {
    String name = kind + parameters.size();
    parameters.put(name, new Weights(shape, values, true));
    return "self." + name;
  }

  /** A tensor that is stored with the network and not trained. */
  public String buffer(String name, float[] values, long... shape) {
    buffers.put(name, new Weights(shape, values, false));
    return "self." + name;
  }

  /**
   * Any line of TorchScript with one tensor as its result, such as {@code "torch.tanh(%s)"}.
   *
   * @param expression a format; its parts are results, parameters and plain numbers
   */
  public String add(String expression, Object... parts) {
    String name = result();
    lines.add(name + " = " + String.format(Locale.ROOT, expression, parts));
    return name;
  }

  /** Lines as they are, for what is no single tensor; names of their own begin with another h. */
  void addLines(String source) {
    source.lines().forEach(lines::add);
  }

  /** A name that no line has. */
  String result() {
    return "h" + results++;
  }

  /** {@code (input - mean) * scale} in 32-bit floats, whatever the input's type is. */
  public String standardise(String input, String mean, String scale) {
    return add("torch.mul(torch.sub(torch.to(%s, 6), %s), %s)", input, mean, scale);
  }

  /** In 32-bit floats, whatever the input's type is. */
  public String floats(String input) {
    return add("torch.to(%s, 6)", input);
  }

  /** The columns a buffer lists, one after the other; a column may come more than once. */
  public String columns(String input, String indices) {
    return add("torch.index_select(%s, 1, torch.to(%s, 4))", input, indices);
  }

  public String zeroWhereMissing(String input) {
    return add("torch.masked_fill(%s, torch.isnan(%s), 0)", input, input);
  }

  /** One where the value is the buffer's, else zero. */
  public String isEqual(String input, String values) {
    return add("torch.to(torch.eq(%s, %s), 6)", input, values);
  }

  /** One where the value is missing, else zero. */
  public String isMissing(String input) {
    return add("torch.to(torch.isnan(%s), 6)", input);
  }

  /** Columns of several results as one. */
  public String beside(List<String> inputs) {
    return inputs.size() == 1
        ? inputs.get(0)
        : add("torch.cat([%s], 1)", String.join(", ", inputs));
  }

  public String linear(String input, int inputs, int outputs) {
    float bound = (float) (1 / Math.sqrt(inputs));
    return linear(
        input, uniform(bound, outputs * inputs), uniform(bound, outputs), inputs, outputs);
  }

  /** A linear layer that begins with normally distributed weights and a bias of 0. */
  public String normalLinear(String input, double deviation, int inputs, int outputs) {
    return linear(input, normal(deviation, outputs * inputs), filled(0, outputs), inputs, outputs);
  }

  private String linear(String input, float[] weights, float[] biases, int inputs, int outputs) {
    String weight = parameter("weight", weights, outputs, inputs);
    String bias = parameter("bias", biases, outputs);
    return add("torch.linear(%s, %s, %s)", low(input), low(weight), low(bias));
  }

  /** A square convolution with a bias. */
  public String convolution(String input, int inputs, int outputs, int kernel, int padding) {
    int fanIn = inputs * kernel * kernel;
    float bound = (float) (1 / Math.sqrt(fanIn));
    String weight =
        parameter("weight", uniform(bound, outputs * fanIn), outputs, inputs, kernel, kernel);
    String bias = parameter("bias", uniform(bound, outputs), outputs);
    return convolve(input, weight, bias, 1, padding, 1);
  }

  /** A square convolution without a bias, as before a normalisation. */
  public String plainConvolution(
      String input, int inputs, int outputs, int kernel, int stride, int padding) {
    return groupedConvolution(input, inputs, outputs, kernel, stride, padding, 1);
  }

  /** The same in groups of channels; as many groups as channels make it depthwise. */
  public String groupedConvolution(
      String input, int inputs, int outputs, int kernel, int stride, int padding, int groups) {
    double deviation = Math.sqrt(2.0 / (outputs * kernel * kernel)); // Kaiming's, by fan-out.
    int perGroup = inputs / groups;
    float[] values = normal(deviation, outputs * perGroup * kernel * kernel);
    String weight = parameter("weight", values, outputs, perGroup, kernel, kernel);
    return convolve(input, weight, "None", stride, padding, groups);
  }

  private String convolve(
      String input, String weight, String bias, int stride, int padding, int groups) {
    return add(
        "torch.conv2d(%s, %s, %s, [%d, %d], [%d, %d], [1, 1], %d)",
        low(input), low(weight), low(bias), stride, stride, padding, padding, groups);
  }

  /** In the precision of the training, while training. */
  private static String low(String input) {
    return input.equals("None") ? input : "low(" + input + ")";
  }

  /** In 32-bit floats, in every precision. */
  private static String full(String input) {
    return "full(" + input + ")";
  }

  public String batchNormalisation(String input, int channels) {
    String weight = parameter("weight", filled(1, channels), channels);
    String bias = parameter("bias", filled(0, channels), channels);
    String mean = buffer("running_mean" + buffers.size(), filled(0, channels), channels);
    String variance = buffer("running_var" + buffers.size(), filled(1, channels), channels);
    return add(
        "torch.batch_norm(%s, %s, %s, %s, %s, self.training, 0.1, 1.0000000000000001e-05, True)",
        input, weight, bias, mean, variance);
  }

  public String layerNormalisation(String input, int width) {
    String weight = parameter("weight", filled(1, width), width);
    String bias = parameter("bias", filled(0, width), width);
    return add(
        "torch.layer_norm(%s, [%d], %s, %s, 1.0000000000000001e-05, True)",
        full(input), width, weight, bias);
  }

  /** A row of the table for each token id; padding (id 0) is a row of zeros and stays so. */
  public String embedding(String ids, double deviation, int vocabulary, int width) {
    float[] table = normal(deviation, vocabulary * width);
    Arrays.fill(table, 0, width, 0);
    return add(
        "torch.embedding(%s, %s, 0, False, False)",
        parameter("weight", table, vocabulary, width), ids);
  }

  public String relu(String input) {
    return add("torch.relu(%s)", input);
  }

  /** The same in the memory of its input, which no other line may read. */
  public String reluInPlace(String input) {
    return add("torch.relu_(%s)", input);
  }

  /** Rectified, and never above 6. */
  public String relu6(String input) {
    return add("torch.hardtanh(%s, 0., 6.)", input);
  }

  public String gelu(String input) {
    return add("torch.gelu(%s)", input);
  }

  public String sum(String left, String right) {
    return add("torch.add(%s, %s)", left, right);
  }

  /** The same in the memory of the left one, which no other line may read. */
  public String sumInPlace(String left, String right) {
    return add("torch.add_(%s, %s)", left, right);
  }

  /**
   * The maximum of each 2×2 pixels, of whole ones only. PyTorch's own pooling takes a third of a
   * small network's step on a CPU, for it goes pixel by pixel; this finds the same pixel by
   * operators that take many at once, and gathers.
   */
  public String halvedByMaximum(String input) {
    methods.add(HALVE);
    return add("(self).halve(%s, )", input);
  }

  public String maximumPool(String input, int kernel, int stride, int padding) {
    return add(
        "torch.max_pool2d(%s, [%d, %d], [%d, %d], [%d, %d], [1, 1], False)",
        input, kernel, kernel, stride, stride, padding, padding);
  }

  public String globalAveragePool(String input) {
    return add("torch.adaptive_avg_pool2d(%s, [1, 1])", input);
  }

  /** All dimensions but the first in one. */
  public String flatten(String input) {
    return add("torch.flatten(%s, 1)", input);
  }

  public String dropout(String input, double probability) {
    return probability == 0
        ? input
        : add("torch.dropout(%s, %s, self.training)", input, probability);
  }

  /** Numbers that {@link #parameter} may begin with: even between -bound and bound. */
  public float[] uniform(double bound, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (random.nextFloat() * 2 - 1) * (float) bound;
    }
    return values;
  }

  /** Numbers that {@link #parameter} may begin with: normally distributed around 0. */
  public float[] normal(double deviation, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }

  /** The same number, so many times. */
  public static float[] filled(float value, int count) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }

  /** How many numbers are trained. */
  public long parameterCount() {
    return parameters.values().stream().mapToLong(weights -> weights.values().length).sum();
  }

  /**
   * Writes the module: {@code input(x)} and {@code layers} of its result for the training (and
   * {@link #MIXED} in another precision), and {@code forward(x)} for everyone else.
   *
   * @param result what {@code layers} answers, {@code logits} to {@code forward}
   * @param forward what {@code forward} makes of {@code logits}
   */
  public void write(Path file, String result, String forward) throws IOException {
    Map<String, Weights> all = new LinkedHashMap<>(parameters);
    all.putAll(buffers);
    String source =
        """
        class M(Module):
          __parameters__ = [%s]
          __buffers__ = [%s]
          training : bool
        %s%s  def input(self: __torch__.M,
            x: Tensor) -> Tensor:
        %s    return %s
        %s  def forward(self: __torch__.M,
            x: Tensor) -> Tensor:
            logits = (self).layers((self).input(x, ), )
            return %s
        """
            .formatted(
                quoted(parameters),
                quoted(buffers),
                all.keySet().stream()
                    .map("  %s : Tensor\n"::formatted)
                    .collect(Collectors.joining()),
                String.join("", methods),
                indented(inputLines),
                input,
                layers("layers", "$1", "$1", result)
                    + switch (precision) {
                      case FLOAT32 -> "";
                      case BFLOAT16 -> layers(MIXED, "torch.to($1, 15)", "torch.to($1, 6)", result);
                      case FLOAT16 -> layers(MIXED, "torch.to($1, 5)", "torch.to($1, 6)", result);
                    },
                forward);
    TorchScriptArchive.write(file, source, all);
  }

  private String layers(String name, String low, String full, String result) {
    String body = indented(lines) + "    return full(%s)\n".formatted(result);
    return "  def %s(self: __torch__.M,\n    %s: Tensor) -> Tensor:\n".formatted(name, input)
        + LOW.matcher(FULL.matcher(body).replaceAll(full)).replaceAll(low);
  }

  private static String indented(List<String> lines) {
    return lines.stream().map("    %s\n"::formatted).collect(Collectors.joining());
  }

  private static String quoted(Map<String, Weights> names) {
    return names.keySet().stream().map("\"%s\", "::formatted).collect(Collectors.joining());
  }
}
