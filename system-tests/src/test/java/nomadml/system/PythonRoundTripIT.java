package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.FreePort;
import nomadml.system.servers.Python;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Rest;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the trainer writes gives the same numbers in Python, where there is no Java. */
final class PythonRoundTripIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double EXACT = 1e-6;

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
        new Kind("user-table", digits, "{type: torchscript, path: table.pt}", "digits.csv.gz"),
        new Kind("user-images", images, "{type: torchscript, path: images.pt}", "images-new.json"));
  }

  @BeforeEach
  void begin() throws IOException {
    RoundTripData.write(folder);
    submitJob = SubmitJob.alone(folder);
    python = new Python(folder);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void predictsTheSameInPythonAsHere(Kind kind) throws IOException {
    Path model = train(kind);
    JsonNode here = predictHere(model, kind);
    JsonNode there =
        JSON.readTree(
            python
                .with("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
                .run("predict.py", model.toString(), kind.input(), "request.json"));
    assertSame(there.get("pyfunc"), here);
    assertSame(there.get("torch"), here);
    int port = FreePort.next();
    try (RunningProgram server = python.serve(model.toString(), port)) {
      assertThat(server.isAlive()).isTrue();
      JsonNode request = JSON.readTree(folder.resolve("request.json").toFile());
      assertSame(new Rest(port).post("/invocations", request).get("predictions"), here);
    }
  }

  @Test
  void aRegisteredModelIsLoadedByItsName() throws IOException {
    Kind mixed = kinds().get(1);
    try (Cluster cluster = Cluster.start("python", 0)) {
      String tracking = cluster.mlflow().address();
      submitJob.with("MLFLOW_TRACKING_URI", tracking);
      Path model = train(mixed, "--set", "register=mixed");
      submitJob.succeed("sync");
      JsonNode there =
          JSON.readTree(
              python
                  .with("MLFLOW_TRACKING_URI", tracking)
                  .run("predict.py", "models:/mixed/1", mixed.input(), "request.json"));
      assertSame(there.get("pyfunc"), predictHere(model, mixed));
    }
  }

  private Path train(Kind kind, String... more) throws IOException {
    if (kind.model().contains("torchscript")) {
      python.run("user_module.py", "table.pt", "64", "10");
      python.run("user_module.py", "images.pt", "768", "10");
    }
    Path job =
        JobFiles.write(
            folder,
            kind.name() + ".yaml",
            "name: %s\ntrain:\n  data: %s\n  model: %s\n  epochs: 2\n  device: cpu\n"
                .formatted(kind.name(), kind.data(), kind.model()));
    submitJob.succeed(SubmitJob.joined(List.of(job.toString()), more));
    try (Stream<Path> files = Files.walk(folder.resolve("state"))) {
      Path description =
          files.filter(file -> file.endsWith("model/MLmodel")).findFirst().orElseThrow();
      return description.resolveSibling("");
    }
  }

  /** By the trainer's own process. */
  private JsonNode predictHere(Path model, Kind kind) throws IOException {
    RunningProgram program =
        RunningProgram.start(
            "trainer predict",
            folder.resolve("predict.out"),
            folder.resolve("predict.err"),
            folder,
            Map.of("HOME", folder.toString(), "NOMAD_ML_CACHE", Repository.cache().toString()),
            List.of(
                Repository.file("trainer/target/trainer/bin/trainer").toString(),
                "predict",
                "--model-folder",
                model.toString(),
                "--input",
                kind.input()));
    assertThat(program.awaitExit()).as(program.errors()).isZero();
    return JSON.readTree(program.output()).get("predictions");
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
