package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.FreePort;
import nomadml.system.servers.ModelServer;
import nomadml.system.servers.Python;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Rest;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the trainer writes gives the same numbers in Python, where there is no Java. */
@TestInstance(Lifecycle.PER_CLASS)
final class PythonRoundTripIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double EXACT = 1e-6;

  /** Of a user's client, for {@code mlflow models serve}. */
  private static final String REQUEST = "request.json";

  private final Cluster cluster = Cluster.start("python", 0);

  @TempDir private Path folder;
  private SubmitJob submitJob;
  private Python python;

  /** A model to train, and what to predict for: a line for each kind. */
  private record Kind(String name, String data, String model, String input) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Kind> kinds() {
    String mixed =
        "{format: csv, path: mixed.csv, label: risk, categorical: [zip], missing_indicator: true}";
    String digits = "{format: csv, path: digits.csv.gz, label: digit}";
    String images = "{format: images, path: images, image_size: 16}";
    String texts = "{format: text, path: texts.tsv, text: {sequence_length: 40, %s}}";
    return List.of(
        new Kind("mlp-digits", digits, "{type: mlp, hidden: [32]}", "digits.csv.gz"),
        new Kind("mlp-mixed", mixed, "{type: mlp, hidden: [16]}", "mixed-new.csv"),
        new Kind(
            "mlp-regression",
            "{format: csv, path: diabetes.csv, label: progression, task: regression}",
            "{type: mlp, hidden: [16]}",
            "diabetes.csv"),
        new Kind("lenet-idx", "{format: idx, path: idx}", "{type: lenet}", "idx-new.json"),
        new Kind("lenet-images", images, "{type: lenet}", "images-new.json"),
        new Kind("resnet18-images", images, "{type: resnet18}", "images-new.json"),
        new Kind("resnet34-images", images, "{type: resnet34}", "images-new.json"),
        new Kind("resnet50-idx", "{format: idx, path: idx}", "{type: resnet50}", "idx-new.json"),
        new Kind("mobilenet-images", images, "{type: mobilenet_v2}", "images-new.json"),
        new Kind(
            "lstm-words",
            texts.formatted("minimum_frequency: 1"),
            "{type: lstm, width: 24, layers: 1}",
            "texts-new.txt"),
        new Kind(
            "lstm-bytes",
            texts.formatted("tokens: bytes"),
            "{type: lstm, width: 16, layers: 2, bidirectional: true, pooling: last}",
            "texts-new.txt"),
        new Kind(
            "transformer-words",
            texts.formatted("lower_case: false"),
            "{type: transformer, width: 32, layers: 2, heads: 4}",
            "texts-new.txt"),
        new Kind(
            "extension-images",
            images,
            "{type: custom, name: residual, options: {channels: 8}}\n  extensions: [extension.jar]",
            "images-new.json"),
        new Kind("user-table", digits, "{type: torchscript, path: table.pt}", "digits.csv.gz"),
        new Kind("user-images", images, "{type: torchscript, path: images.pt}", "images-new.json"));
  }

  @BeforeEach
  void begin() throws IOException {
    RoundTripData.write(folder);
    submitJob = SubmitJob.alone(folder).with("MLFLOW_TRACKING_URI", cluster.mlflow().address());
    python =
        new Python(folder)
            .with("MLFLOW_TRACKING_URI", cluster.mlflow().address())
            .with("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false");
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void predictsTheSameInPythonAsHere(Kind kind) throws IOException {
    Path model = train(kind);
    JsonNode here = predictHere(model, kind.input());
    String registered = "models:/" + kind.name() + "/1";
    JsonNode there = JSON.readTree(python.run("predict.py", registered, kind.input(), REQUEST));
    assertSame(there.get("pyfunc"), here);
    assertSame(there.get("torch"), here);
    int port = FreePort.next();
    try (RunningProgram server = python.serve(registered, port)) {
      assertThat(server.isAlive()).isTrue();
      JsonNode request = JSON.readTree(folder.resolve(REQUEST).toFile());
      assertSame(new Rest(port).post("/invocations", request).get("predictions"), here);
    }
    JsonNode inProcess = predictHere(model, REQUEST);
    assertSame(inProcess, here);
    Map<String, String> environment =
        Map.of("MLFLOW_TRACKING_URI", cluster.mlflow().address(), "OMP_NUM_THREADS", "1");
    try (ModelServer ours = ModelServer.start(folder, environment, registered)) {
      JsonNode request = JSON.readTree(folder.resolve(REQUEST).toFile());
      assertIdentical(ours.rest().post("/invocations", request).get("predictions"), inProcess);
    }
  }

  private Path train(Kind kind) throws IOException {
    if (kind.model().contains("extension.jar")) {
      Files.copy(ExampleExtension.build(folder), folder.resolve("extension.jar"));
    }
    if (kind.model().contains("torchscript")) {
      python.run("user_module.py", "table.pt", "64", "10");
      python.run("user_module.py", "images.pt", "768", "10");
    }
    Path job =
        JobFiles.write(
            folder,
            kind.name() + ".yaml",
            "name: %1$s\nregister: %1$s\ntrain:\n  data: %2$s\n  model: %3$s\n  epochs: 2\n  device: cpu\n"
                .formatted(kind.name(), kind.data(), kind.model()));
    submitJob.succeed(job.toString());
    submitJob.succeed("sync");
    try (Stream<Path> files = Files.walk(folder.resolve("state"))) {
      Path description =
          files.filter(file -> file.endsWith("model/MLmodel")).findFirst().orElseThrow();
      return description.resolveSibling("");
    }
  }

  /** By the trainer's own process. */
  private JsonNode predictHere(Path model, String input) throws IOException {
    return predict(folder, model, input);
  }

  static JsonNode predict(Path folder, Path model, String input) throws IOException {
    RunningProgram program =
        RunningProgram.start(
            "trainer predict",
            folder.resolve("predict.out"),
            folder.resolve("predict.err"),
            folder,
            Map.of(
                "HOME",
                folder.toString(),
                "NOMAD_ML_CACHE",
                Repository.cache().toString(),
                "OMP_NUM_THREADS", // A sum by two threads has other last bits.
                "1"),
            List.of(
                Repository.file("trainer/target/trainer/bin/trainer").toString(),
                "predict",
                "--model-folder",
                model.toString(),
                "--input",
                input));
    assertThat(program.awaitExit()).as(program.errors()).isZero();
    return JSON.readTree(program.output()).get("predictions");
  }

  /** To the last bit of a 32-bit float. */
  static void assertIdentical(JsonNode found, JsonNode expected) {
    assertThat(expected).isNotEmpty();
    assertThat(floats(found)).isEqualTo(floats(expected));
  }

  private static List<List<Float>> floats(JsonNode rows) {
    List<List<Float>> all = new ArrayList<>();
    for (JsonNode row : rows) {
      List<Float> floats = new ArrayList<>();
      row.forEach(number -> floats.add((float) number.asDouble()));
      all.add(floats);
    }
    return all;
  }

  private static void assertSame(JsonNode found, JsonNode expected) {
    assertThat(found).hasSameSizeAs(expected);
    assertThat(expected).isNotEmpty();
    for (int row = 0; row < expected.size(); row++) {
      assertThat(found.get(row)).hasSameSizeAs(expected.get(row));
      for (int output = 0; output < expected.get(row).size(); output++) {
        double value = expected.get(row).get(output).asDouble();
        assertThat(found.get(row).get(output).asDouble())
            .as("row %d, output %d", row, output)
            .isCloseTo(value, within(EXACT * Math.max(1, Math.abs(value))));
      }
    }
  }
}
