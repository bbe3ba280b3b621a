package nomadml.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
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
 * Examples without a label, as the network takes them: a CSV file, images, a file of texts, or the
 * JSON that {@code mlflow models serve} takes.
 */
public sealed interface Unlabelled {
  /** How many examples there are. */
  int rows();

  /** Cells or pixels, row by row. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  record Numbers(float[] values, int rows) implements Unlabelled {
    /** Of some of the rows. */
    public float[] values(int from, int to) {
      int width = values.length / rows;
      return Arrays.copyOfRange(values, from * width, to * width);
    }
  }

  /** Texts, whose ids are made when they are needed. */
  record Texts(List<String> texts, Tokenizer tokenizer) implements Unlabelled {
    @Override
    public int rows() {
      return texts.size();
    }

    /** The token ids of some of the rows. */
    public int[] ids(int from, int to) {
      int length = tokenizer.settings().sequenceLength();
      int[] ids = new int[(to - from) * length];
      for (int row = from; row < to; row++) {
        System.arraycopy(tokenizer.encode(texts.get(row)), 0, ids, (row - from) * length, length);
      }
      return ids;
    }
  }

  /** A text for each line of a file, an empty one too, or for each row of a request. */
  static Unlabelled texts(Path file, Tokenizer tokenizer) throws IOException {
    List<String> texts = new ArrayList<>();
    if (file.toString().endsWith(".json")) {
      texts.addAll(TextRequest.texts(json(file), file.toString()));
    } else {
      new TextFile(file, file.toString()).read((line, number) -> texts.add(line));
    }
    if (texts.isEmpty()) {
      throw TrainingFailure.userError(
          file + " has no texts", "write a text on each line, or a request as JSON");
    }
    return new Texts(texts, tokenizer);
  }

  /** Rows of a table with these columns, in any order and among others. */
  static Unlabelled table(Path file, List<Column> columns) throws IOException {
    UnlabelledTable table = new UnlabelledTable(file.toString(), columns);
    if (file.toString().endsWith(".json")) {
      JsonNode frame = json(file).path("dataframe_split");
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
  static Unlabelled images(Path file, List<Integer> shape) throws IOException {
    int width = shape.stream().reduce(1, Math::multiplyExact);
    if (file.toString().endsWith(".json")) {
      List<Float> numbers = new ArrayList<>();
      JsonNode inputs = json(file).path("inputs");
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
      return new Numbers(values, inputs.size());
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
    return new Numbers(values, files.size());
  }

  private static JsonNode json(Path file) throws IOException {
    try {
      return Json.MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw TrainingFailure.userError(
          "%s is not JSON: %s".formatted(file, e.getOriginalMessage()),
          "write it as serving_input_example.json of the model folder is");
    }
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
