package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.Environment;
import nomadml.spec.FailureCause;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.FileServer;
import nomadml.system.servers.FreePort;
import nomadml.system.servers.Python;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Run;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Data and models of a web server and of MLflow, once they are there and once they are gone. */
@TestInstance(Lifecycle.PER_CLASS)
final class SourcesIT {
  private static final String SHA256 = "data_source_sha256";
  private static final Path DIGITS = Repository.file("examples/data/digits.csv.gz");
  private static final Path SENTENCES = Repository.file("examples/data/sotu.tsv.gz");
  private static final String WRONG = "0".repeat(64);

  private final Cluster cluster = Cluster.start("sources", 0);
  private final Path home = cluster.folders().state("user");
  private final Python python =
      new Python(home).with("MLFLOW_TRACKING_URI", cluster.mlflow().address());
  private String stored = "";

  /** By MLflow's own client: the sentences, and a module that is a version of a model too. */
  @BeforeAll
  void store() {
    python.run("user_module.py", "table.pt", "64", "10");
    stored = python.run("store.py", SENTENCES.toString(), "table.pt", "tables");
    stored = stored.strip().lines().reduce((line, next) -> next).orElseThrow();
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aWebServersFileIsTrainedOnAndKeptByTheNode() throws IOException {
    Supervised later;
    try (FileServer server = fileServer(FreePort.next())) {
      String address = server.address("digits.csv.gz");
      Supervised first = digits("web", address, "train.epochs=1");
      assertTrained(first);
      assertThat(first.run().param(SHA256)).isEqualTo(sha256(DIGITS));
      assertThat(first.run().json().at("/inputs/dataset_inputs/0/dataset/source_type").asText())
          .isEqualTo("http");
      assertRefused(digits("web-pinned", address, "train.data.sha256=" + WRONG));
      later = digits("web-gone", address, "train.data.sha256=" + sha256(DIGITS));
    }
    assertTrained(later);
  }

  @Test
  void aWebServerThatIsAwayIsWaitedFor() {
    int port = FreePort.next();
    Supervised job =
        digits("web-late", "http://127.0.0.1:" + port + "/digits.csv.gz", "train.epochs=1");
    RunningProgram attempt = job.start();
    Eventually.until(
        "it is told that the server is away",
        () -> job.warnings().stream().anyMatch(text -> text.contains("does not answer")));
    try (FileServer server = fileServer(port)) {
      assertThat(attempt.awaitExit()).as(server.address("")).isEqualTo(TaskExit.DONE);
    }
    assertRun(job.run()).hasStatus("FINISHED").hasEveryEpoch(1);
  }

  @Test
  void aFileThatAWebServerDoesNotHaveIsToldOf() {
    try (FileServer server = fileServer(FreePort.next())) {
      Supervised job = digits("web-never", server.address("none.csv.gz"));
      assertThat(job.start().awaitExit()).isEqualTo(TaskExit.FAILED);
      assertThat(last(job).message()).contains("is not there", "answered 404");
    }
  }

  @Test
  void aFileOfARunIsTrainedOnAndKeptByTheNode() throws IOException {
    String source = "runs:/" + stored + "/data/sotu.tsv.gz";
    Supervised first = sentences("run", source, "train.epochs=1");
    assertTrained(first);
    assertThat(first.run().param(SHA256)).isEqualTo(sha256(SENTENCES));
    assertRefused(sentences("run-pinned", source, "train.data.sha256=" + WRONG));
    Supervised later =
        sentences("run-gone", source, "train.epochs=1", "train.data.sha256=" + sha256(SENTENCES));
    cluster.mlflow().program().close();
    RunningProgram attempt = later.start();
    later.awaitEpochs(1);
    cluster.mlflow().restart();
    assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
    assertRun(later.run()).hasStatus("FINISHED").hasEveryEpoch(1);
    assertThat(later.run().param(SHA256)).isEqualTo(sha256(SENTENCES));
  }

  @Test
  void aFileOfARunThatIsNotThereIsToldOf() {
    Supervised job = sentences("run-never", "runs:/" + stored + "/data/none.tsv");
    assertThat(job.start().awaitExit()).isEqualTo(TaskExit.FAILED);
    assertThat(last(job).message()).contains("is not there", "no such file");
  }

  @Test
  void aRegisteredModelIsTrainedFurther() throws IOException {
    Supervised ours = digits("ours", "data/digits.csv.gz", "train.epochs=1", "register=ours");
    assertTrained(ours);
    for (String source : List.of("models:/ours/1", "models:/tables/1")) {
      Supervised further =
          digits(
              "further-" + source.replaceAll("\\W+", "-"),
              "data/digits.csv.gz",
              "train.model={type: torchscript, path: '" + source + "'}",
              "train.epochs=1");
      assertTrained(further);
      assertThat(further.run().param("model_source_sha256")).hasSize(64);
    }
  }

  @Test
  void mlflowReadsTheSchemaOfADataSet() throws IOException {
    Supervised digits = digits("schema-digits", "data/digits.csv.gz", "train.epochs=1");
    assertTrained(digits);
    JsonNode table = used(digits.run()).path("training");
    assertThat(table.path("columns")).hasSize(65);
    assertThat(table.at("/columns/pixel_3")).hasToString("[\"long\",true]");
    assertThat(table.at("/columns/digit")).hasToString("[\"long\",true]");
    assertThat(table.at("/profile/num_columns").asInt()).isEqualTo(65);
    assertThat(used(digits.run()).at("/validation/profile/num_rows").asInt())
        .isEqualTo(1797 - table.at("/profile/num_rows").asInt());

    Supervised texts =
        sentences("schema-texts", "runs:/" + stored + "/data/sotu.tsv.gz", "train.epochs=1");
    assertTrained(texts);
    JsonNode sentences = used(texts.run()).path("training");
    assertThat(sentences.path("columns"))
        .hasToString("{\"text\":[\"string\",true],\"label\":[\"string\",true]}");
    assertThat(sentences.at("/profile/num_rows").asInt()).isEqualTo(4560);
    assertThat(sentences.path("sha256").asText()).isEqualTo(sha256(SENTENCES));
  }

  @Test
  void mlflowReadsTheShapeOfImages() throws IOException {
    RoundTripData.write(home);
    Path job =
        JobFiles.write(
            home,
            "images.yaml",
            """
            name: schema-images
            train:
              data:  {format: idx, path: idx}
              model: {type: lenet}
              epochs: 1
            """);
    Supervised images = Supervised.of(cluster, "schema-images", job);
    try (Stream<Path> files = Files.list(home.resolve("idx"))) {
      for (Path file : files.toList()) {
        Files.copy(file, images.folder("inputs/idx").resolve(file.getFileName().toString()));
      }
    }
    assertTrained(images);
    assertThat(used(images.run()).at("/training/columns"))
        .hasToString(
            "{\"features\":\"[Tensor('uint8', (-1, 1, 16, 16))]\",\"targets\":\"[Tensor('int64', (-1,))]\"}");
  }

  private FileServer fileServer(int port) {
    Path log = cluster.folders().log("file-server-" + port);
    return FileServer.start(Repository.file("examples/data"), port, log);
  }

  private Supervised digits(String name, String data, String... overrides) {
    return job(name, JobFiles.DIGITS, data, overrides);
  }

  private Supervised sentences(String name, String data, String... overrides) {
    return job(name, Repository.file("examples/sotu.yaml"), data, overrides);
  }

  /**
   * All of them are on one node, which keeps what it fetched. Each has its experiment: in one,
   * MLflow keeps the first source of the same data only.
   */
  private Supervised job(String name, Path file, String data, String... overrides) {
    String[] settings =
        SubmitJob.joined(
            List.of("name=" + name, "experiment=" + name, "register=", "train.data.path=" + data),
            overrides);
    return Supervised.of(cluster, name, file, settings)
        .with(Environment.CACHE, cluster.folders().state("node").toString());
  }

  private JsonNode used(Run run) throws IOException {
    return Json.MAPPER.readTree(python.run("used_data.py", run.id()));
  }

  private static void assertTrained(Supervised job) {
    RunningProgram attempt = job.start();
    assertThat(attempt.awaitExit())
        .as(attempt.output() + attempt.errors())
        .isEqualTo(TaskExit.DONE);
    assertRun(job.run()).hasStatus("FINISHED").hasEveryEpoch(job.told(Progress.Kind.EPOCH).size());
  }

  private static void assertRefused(Supervised job) {
    RunningProgram attempt = job.start();
    assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.FAILED);
    assertThat(last(job).cause()).isEqualTo(FailureCause.DATA_MISSING);
    assertThat(last(job).message())
        .contains("has changed: its SHA-256 is", "this run is of " + WRONG);
    assertThat(job.told(Progress.Kind.STARTED)).isEmpty();
    assertRun(job.run()).hasStatus("FAILED");
  }

  private static Progress last(Supervised job) {
    List<Progress> told = job.progress();
    return told.get(told.size() - 1);
  }

  private static String sha256(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
