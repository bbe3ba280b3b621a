package nomadml.serving.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import nomadml.serving.ServingFailure;
import nomadml.serving.input.ElementType;
import nomadml.serving.input.Features;
import nomadml.spec.Json;
import nomadml.trainer.data.Column;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** What {@code MLmodel} says of a model that our trainer did not write. */
record Signature(Features features, boolean frames) {
  private static final Set<String> NUMBERS =
      Set.of("double", "float", "long", "integer", "boolean", "any");

  /** Every shape is taken where nothing is said. */
  private static final Signature NONE =
      new Signature(new Features.Numbers(ElementType.FLOAT32, null, 1), true);

  static Signature read(Path folder) throws IOException {
    Path file = folder.resolve("MLmodel");
    if (!Files.exists(file)) {
      return NONE;
    }
    Object document;
    try {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    } catch (YAMLException e) {
      throw broken(file, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    if (!(document instanceof Map<?, ?> fields)
        || !(fields.get("signature") instanceof Map<?, ?> signature)
        || !(signature.get("inputs") instanceof String inputs)) {
      return NONE;
    }
    try {
      return of(Json.MAPPER.readTree(inputs), file);
    } catch (JsonProcessingException e) {
      throw broken(file, e.getOriginalMessage());
    }
  }

  private static Signature of(JsonNode inputs, Path file) {
    if (inputs.size() == 1 && inputs.get(0).path("type").asText().equals("tensor")) {
      return new Signature(tensor(inputs.get(0).path("tensor-spec"), file), true);
    }
    List<Column> columns = new ArrayList<>();
    for (JsonNode input : inputs) {
      String type = input.path("type").asText();
      if (!NUMBERS.contains(type)) {
        throw ServingFailure.usage(
            "%s: an input of type %s can't be given to TorchScript".formatted(file, type),
            "log the model with a signature of numbers, or of one tensor");
      }
      String name = input.path("name").asText(Integer.toString(columns.size()));
      columns.add(new Column(name, Column.Kind.NUMBER, List.of(), false, false));
    }
    return columns.isEmpty() ? NONE : new Signature(new Features.Table(columns, false), true);
  }

  private static Features tensor(JsonNode spec, Path file) {
    String type = spec.path("dtype").asText();
    ElementType known =
        ElementType.ofNumpy(type)
            .orElseThrow(
                () ->
                    ServingFailure.usage(
                        "%s: a tensor of %s is not served".formatted(file, type),
                        "log the model with a signature of float32, float64, int32, int64, int8, uint8 or bool"));
    JsonNode sizes = spec.path("shape");
    int @Nullable [] shape = sizes.isArray() ? new int[Math.max(0, sizes.size() - 1)] : null;
    for (int i = 0; shape != null && i < shape.length; i++) {
      shape[i] = sizes.get(i + 1).asInt();
    }
    return new Features.Numbers(known, shape, 1);
  }

  private static ServingFailure broken(Path file, String reason) {
    return ServingFailure.usage(
        "%s can't be read: %s".formatted(file, reason), "log the model again");
  }
}
