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
    return new Jobs(train.deepCopy().set("data", Json.MAPPER.valueToTree(data)));
  }

  public Jobs with(Train.Model model) {
    return new Jobs(train.deepCopy().set("model", Json.MAPPER.valueToTree(model)));
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

  /** A {@code data} block as a job file has it. */
  public static Train.Data data(String yaml) {
    String job = "{name: test, train: {model: {type: mlp}, data: " + yaml + "}}";
    try {
      return Objects.requireNonNull(JobFileReader.read(job, "test", List.of()).train()).data();
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

  public static Train.Model mlp(Integer... hidden) {
    return model("hidden=" + List.of(hidden));
  }

  public static Train.Model model(String... fields) {
    Jobs job = digits();
    for (String field : fields) {
      job = job.set("model." + field);
    }
    return Objects.requireNonNull(job.build().model());
  }
}
