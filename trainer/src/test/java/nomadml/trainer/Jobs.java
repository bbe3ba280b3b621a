package nomadml.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import nomadml.spec.JobFileException;
import nomadml.spec.JobFileReader;
import nomadml.spec.Json;
import nomadml.spec.Train;
import org.jspecify.annotations.Nullable;

/** Job files the tests train: the digits example, and what a test changes in it. */
public final class Jobs {
  /** The repository's examples: real data of 1,797 digits and 442 patients. */
  public static final Path EXAMPLES = Path.of("../examples");

  private static final String DIGITS =
      """
      name: digits
      train:
        data: {format: csv, path: data/digits.csv.gz, label: digit}
        model: {type: mlp}
        epochs: 20
        batch_size: 64
        seed: 42
        device: cpu
      """;

  private final ObjectNode train;

  private Jobs(ObjectNode train) {
    this.train = train;
  }

  public static Jobs digits() {
    try {
      Train train = JobFileReader.read(DIGITS, "digits", List.of()).train();
      return new Jobs(Json.MAPPER.valueToTree(train));
    } catch (JobFileException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Another job, {@code train.…} fields set as {@code model.type=lenet}; nothing is checked. */
  public Jobs set(String... fields) {
    ObjectNode changed = train.deepCopy();
    for (String field : fields) {
      String[] parts = field.split("=", 2);
      String[] path = parts[0].split("\\.", -1);
      ObjectNode block = changed;
      for (int i = 0; i < path.length - 1; i++) {
        block = block.withObjectProperty(path[i]);
      }
      block.set(path[path.length - 1], value(parts[1]));
    }
    return new Jobs(changed);
  }

  private static JsonNode value(String text) {
    try {
      return Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  public Jobs with(Train.Data data) {
    return with("data", data);
  }

  public Jobs with(Train.Model model) {
    return with("model", model);
  }

  private Jobs with(String field, Object value) {
    ObjectNode changed = train.deepCopy();
    changed.set(field, Json.MAPPER.valueToTree(value));
    return new Jobs(changed);
  }

  public Jobs epochs(int epochs) {
    return set("epochs=" + epochs);
  }

  public Train build() {
    try {
      return Json.MAPPER.treeToValue(train, Train.class);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A data set as a job file says it. */
  public static Train.Data data(String yaml) {
    return read(yaml, "{type: torchscript, path: m.pt}").data();
  }

  /** A model as a job file says it. */
  public static Train.Model model(String yaml) {
    String data = yaml.matches(".*type: (lstm|transformer).*") ? "text" : "idx";
    return read("{format: %s, path: d}".formatted(data), yaml).model();
  }

  public static Train.Model model(Train.Architecture type, @Nullable String path) {
    String word = type.name().toLowerCase(Locale.ROOT);
    return model(
        path == null ? "{type: %s}".formatted(word) : "{type: %s, path: %s}".formatted(word, path));
  }

  public static Train.Model mlp(Integer... hidden) {
    return model("{type: mlp, hidden: %s}".formatted(List.of(hidden)));
  }

  private static Train read(String data, String model) {
    String text = "name: test\ntrain:\n  data: %s\n  model: %s\n".formatted(data, model);
    try {
      return Objects.requireNonNull(JobFileReader.read(text, "test", List.of()).train());
    } catch (JobFileException e) {
      throw new IllegalArgumentException(e);
    }
  }

  public static Train.Data csv(String path, String label) {
    return data("{format: csv, path: %s, label: %s}".formatted(path, label));
  }

  /** A quarter of the rows is held out. */
  public static Train.Data folder(Train.Format format, String path) {
    return data(
        "{format: %s, path: %s, validation_split: 0.25}"
            .formatted(format.name().toLowerCase(Locale.ROOT), path));
  }

  /** The fields of an image data set. */
  public static String[] images(Train.Format format, String path) {
    return new String[] {
      "data.format=" + format.name().toLowerCase(Locale.ROOT),
      "data.path=" + path,
      "data.label=null",
      "data.validation_split=0.25"
    };
  }
}
