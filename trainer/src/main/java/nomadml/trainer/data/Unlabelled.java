package nomadml.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.Json;
import nomadml.trainer.TrainingFailure;

/**
 * Examples without a label, as the network takes them, row by row: a CSV file, images, or the JSON
 * that {@code mlflow models serve} takes.
 */
@SuppressWarnings("ArrayRecordComponent") // Large and never compared.
public record Unlabelled(float[] values, int rows) {

  /** Rows of a table with these columns, in any order and among others. */
  public static Unlabelled table(Path file, List<Column> columns) throws IOException {
    UnlabelledTable table = new UnlabelledTable(file.toString(), columns);
    if (file.toString().endsWith(".json")) {
      JsonNode frame = Json.MAPPER.readTree(file.toFile()).path("dataframe_split");
      if (!frame.path("data").isArray()) {
        throw TrainingFailure.userError(
            file + " has no dataframe_split with columns and data",
            "write it as serving_input_example.json of the model folder is, or bring a CSV file");
      }
      List<String> names = new ArrayList<>();
      frame.path("columns").forEach(name -> names.add(name.asText()));
      table.header(names);
      int row = 0;
      for (JsonNode cells : frame.path("data")) {
        table.row(texts(cells, names.size(), file, ++row), row);
      }
    } else {
      new CsvFile(file, file.toString()).read(table);
    }
    return table.rows();
  }

  /** Pixels of 0–255: of an image, a folder of images by name, or JSON arrays. */
  public static Unlabelled images(Path file, List<Integer> shape) throws IOException {
    int width = shape.stream().reduce(1, Math::multiplyExact);
    if (file.toString().endsWith(".json")) {
      List<Float> numbers = new ArrayList<>();
      JsonNode inputs = Json.MAPPER.readTree(file.toFile()).path("inputs");
      flatten(inputs, numbers);
      if (numbers.isEmpty() || numbers.size() != (long) inputs.size() * width) {
        throw TrainingFailure.userError(
            "%s has %d numbers in %d inputs, and each needs %d: the shape is %s"
                .formatted(file, numbers.size(), inputs.size(), width, shape),
            "write it as serving_input_example.json of the model folder is");
      }
      float[] values = new float[numbers.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = numbers.get(i);
      }
      return new Unlabelled(values, inputs.size());
    }
    if (shape.get(0) != 3 || !shape.get(1).equals(shape.get(2))) {
      throw TrainingFailure.userError(
          "%s can't be made an image of shape %s".formatted(file, shape),
          "bring the pixels as JSON, as serving_input_example.json of the model folder is");
    }
    List<Path> files = images(file);
    float[] values = new float[Math.multiplyExact(files.size(), width)];
    ImageDecoder decoder = new ImageDecoder(shape.get(1));
    byte[] pixels = new byte[width];
    for (int row = 0; row < files.size(); row++) {
      Path image = files.get(row);
      decoder.decode(Files.readAllBytes(image), image.toString(), pixels, 0);
      for (int i = 0; i < width; i++) {
        values[row * width + i] = pixels[i] & 0xff;
      }
    }
    return new Unlabelled(values, files.size());
  }

  private static List<Path> images(Path file) throws IOException {
    if (!Files.isDirectory(file)) {
      return List.of(file);
    }
    try (Stream<Path> children = Files.list(file)) {
      return children.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static String[] texts(JsonNode cells, int columns, Path file, int row) {
    if (cells.size() != columns) {
      throw TrainingFailure.userError(
          "%s row %d has %d cells, and there are %d columns"
              .formatted(file, row, cells.size(), columns),
          "give every row a cell for each column; null where it is missing");
    }
    String[] texts = new String[columns];
    Arrays.setAll(texts, i -> cells.get(i).isNull() ? "" : cells.get(i).asText().strip());
    return texts;
  }

  private static void flatten(JsonNode node, List<Float> numbers) {
    if (node.isArray()) {
      node.forEach(item -> flatten(item, numbers));
    } else if (node.isNumber()) {
      numbers.add(node.floatValue());
    }
  }
}
