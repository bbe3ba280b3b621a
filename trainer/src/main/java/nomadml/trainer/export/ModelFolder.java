package nomadml.trainer.export;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;

/**
 * Writes the trained network as a model directory of MLflow: {@code mlflow.pyfunc.load_model} and
 * {@code mlflow models serve} take it as it is, and so does {@code torch.jit.load}.
 */
public final class ModelFolder {
  private static final List<String> RESOURCES =
      List.of(
          "requirements.txt",
          "python_env.yaml",
          "conda.yaml",
          "code/nomadml_model/__init__.py",
          "code/nomadml_model/images.py",
          "code/nomadml_model/table.py",
          "code/nomadml_model/text.py",
          "code/nomadml_model/tokenizer.py");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

  private final Path folder;
  private final DataSet data;
  private final Statistics statistics;
  private final Train.Model model;
  private final Clock clock;

  public ModelFolder(
      Path folder, DataSet data, Statistics statistics, Train.Model model, Clock clock) {
    this.folder = folder;
    this.data = data;
    this.statistics = statistics;
    this.model = model;
    this.clock = clock;
  }

  /**
   * Writes the directory.
   *
   * @param network the TorchScript file, which has all preprocessing of our own networks inside
   */
  public void write(Path network) throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.copy(network, folder.resolve("data/model.pth"), StandardCopyOption.REPLACE_EXISTING);
    write("data/pickle_module_info.txt", "mlflow.pytorch.pickle_module");
    Files.createDirectories(folder.resolve("code/nomadml_model"));
    for (String name : RESOURCES) {
      try (InputStream resource =
          Objects.requireNonNull(ModelFolder.class.getResourceAsStream(name), name)) {
        Files.copy(resource, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Example example = new Example(data);
    write("input_example.json", Json.MAPPER.writeValueAsString(example.input()));
    write("serving_input_example.json", Json.MAPPER.writeValueAsString(example.request()));
    Preprocessing.of(data, statistics, model).write(folder);
    write("MLmodel", description()); // Last: a folder without it is not a model.
  }

  private String description() throws IOException {
    String example =
        data.isImages() ? "  type: ndarray" : "  pandas_orient: split\n  type: dataframe";
    try (InputStream resource =
        Objects.requireNonNull(ModelFolder.class.getResourceAsStream("MLmodel"))) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8)
          .formatted(
              UUID.randomUUID().toString().replace("-", ""),
              example,
              quoted(inputs()),
              quoted(outputs()),
              LocalDateTime.ofInstant(clock.instant(), ZoneOffset.UTC).format(TIME));
    }
  }

  /**
   * A column for each feature, or one tensor of images. A column may be of any type: MLflow refuses
   * integers for double columns and missing values for integer ones, and our loader takes both.
   */
  private ArrayNode inputs() {
    ArrayNode inputs = Json.MAPPER.createArrayNode();
    if (data.isImages()) {
      return inputs.add(DataSchema.tensor("float32", data.shape()));
    }
    if (data.isText()) {
      return inputs.add(
          Json.MAPPER
              .createObjectNode()
              .put("type", "string")
              .put("name", "text")
              .put("required", true));
    }
    for (Column column : data.columns()) {
      inputs.addObject().put("type", "any").put("name", column.name()).put("required", true);
    }
    return inputs;
  }

  private ArrayNode outputs() {
    return Json.MAPPER.createArrayNode().add(DataSchema.tensor("float32", List.of(data.outputs())));
  }

  /** In single quotes, as YAML wants them. */
  private static String quoted(ArrayNode json) throws IOException {
    return "'" + Json.MAPPER.writeValueAsString(json).replace("'", "''") + "'";
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }
}
