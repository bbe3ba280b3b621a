package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import nomadml.spec.ModelDigest;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Rest;
import nomadml.system.servers.Run;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * {@code submit-job examples/digits.yaml --follow} on a real cluster, and what it leaves behind.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class DigitsJobIT {
  private static final String DATA = "data/digits.csv.gz";

  private final Cluster cluster = Cluster.start("digits", 1);
  private final SubmitJob.Called followed =
      SubmitJob.on(cluster, "digits").call(JobFiles.DIGITS.toString(), "--follow");

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void followingEndsWithTheJobsOutcomeAndItsRun() {
    assertThat(followed.exitCode()).as(followed.toString()).isZero();
    assertThat(followed.shown()).contains(run().id());
  }

  @Test
  void learnsTheDigitsAndFinishesTheRun() {
    assertRun(run()).hasStatus("FINISHED").neverGoesBack();
    assertThat(run().metric("validation_accuracy")).isGreaterThanOrEqualTo(0.95);
    assertThat(run().history("train_loss")).hasSameSizeAs(run().history("validation_loss"));
  }

  @Test
  void theRunTellsWithWhatItWasTrained() throws IOException {
    assertThat(params().findValuesAsText("value")).contains("20", "64", "42", sha256(local()));
    assertThat(params().findValuesAsText("key"))
        .anyMatch(key -> key.endsWith("optimizer.learning_rate"))
        .anyMatch(key -> key.endsWith("batch_size"));
  }

  @Test
  void theRunTellsWhereItWasTrained() {
    JsonNode allocation = cluster.nomad().allocations(job().job()).get(0);
    assertRun(run())
        .hasTag(Names.TAG_JOB, job().job())
        .hasTag(Names.TAG_NAMESPACE, "default")
        .hasTag(Names.TAG_ALLOCATION, allocation.path("ID").asText())
        .hasTag(Names.TAG_NODE, "node-1")
        .hasTag(Names.TAG_ATTEMPT, "1");
    assertThat(run().tag(Names.TAG_DEVICE)).startsWith("cpu");
    assertThat(run().tag(Names.TAG_SUBMISSION))
        .isEqualTo(cluster.nomad().job(job().job()).at("/Meta/" + Names.META_SUBMISSION).asText());
  }

  @Test
  void theModelHasAVersionMadeByTheRun() {
    JsonNode versions =
        cluster
            .mlflow()
            .rest()
            .get("/api/2.0/mlflow/model-versions/search?filter=" + Rest.encode("name = 'digits'"))
            .path("model_versions");
    assertThat(versions).hasSize(1);
    assertThat(versions.at("/0/run_id").asText()).isEqualTo(run().id());
    assertThat(versions.at("/0/status").asText()).isEqualTo("READY");
    Map<String, String> files = new TreeMap<>();
    for (String path : run().artifacts("model")) {
      files.put(path.substring("model/".length()), sha256(run().artifact(path)));
    }
    assertThat(files).containsKey("data/model.pth");
    JsonNode tag = versions.at("/0/tags/0");
    assertThat(tag.path("key").asText()).isEqualTo(Names.TAG_MODEL_DIGEST);
    assertThat(tag.path("value").asText()).isEqualTo(ModelDigest.of(files));
  }

  @Test
  void theModelTellsTheShareOfEachClassAmongTheTrainingRows() throws IOException {
    JsonNode shares =
        new ObjectMapper()
            .readTree(run().artifact("model/preprocessing.json"))
            .path("class_shares");
    assertThat(shares).hasSize(10).allMatch(share -> share.asDouble() > 0.05);
    double sum = 0;
    for (JsonNode share : shares) {
      sum += share.asDouble();
    }
    assertThat(sum).isCloseTo(1, within(1e-5));
  }

  @Test
  void theRunTellsWhichDataItUsed() throws IOException {
    JsonNode used = run().json().at("/inputs/dataset_inputs");
    assertThat(used).hasSize(2);
    assertThat(used.findValuesAsText("value")).containsExactlyInAnyOrder("training", "validation");
    for (JsonNode input : used) {
      JsonNode data = input.path("dataset");
      assertThat(data.path("name").asText()).startsWith("digits.csv.gz");
      assertThat(sha256(local())).startsWith(data.path("digest").asText());
      assertThat(data.path("source_type").asText()).isEqualTo("local");
      assertThat(data.path("source").asText()).contains(DATA, sha256(local()));
      assertThat(data.path("profile").asText()).contains("num_rows", "\"num_columns\":65");
      assertThat(data.path("schema").asText())
          .startsWith("{\"mlflow_colspec\":[{\"type\":\"long\"");
    }
  }

  @Test
  void theInputIsKeptAsItWas() throws IOException {
    assertThat(sha256(run().artifact("inputs/" + DATA))).isEqualTo(sha256(local()));
  }

  @Test
  void theModelTheJobFileTheLogAndTheMetricsAreKept() throws IOException {
    assertThat(run().artifacts(""))
        .contains("job.json", "log.txt", "metrics.csv", "model/MLmodel", "model/data/model.pth");
    JsonNode jobFile = new ObjectMapper().readTree(run().artifact("job.json"));
    assertThat(jobFile.at("/train/epochs").asInt()).isEqualTo(20);
    assertThat(new String(run().artifact("metrics.csv"), StandardCharsets.UTF_8))
        .contains("validation_accuracy");
  }

  @Test
  void everyLineOfItsLogIsAnObjectThatNamesTheRunAndIsShownInWords() throws IOException {
    SubmitJob submitJob = SubmitJob.on(cluster, "logs");
    String id = job().job();
    String allocation = cluster.nomad().allocations(id).get(0).path("ID").asText();
    for (String[] raw : new String[][] {{"--raw", "--stderr"}, {"--raw"}}) {
      SubmitJob.Called logs = submitJob.succeed(SubmitJob.joined(List.of("logs", id), raw));
      assertThat(logs.output().lines()).as(logs.toString()).isNotEmpty();
      for (String line : logs.output().lines().toList()) {
        JsonNode said = new ObjectMapper().readTree(line);
        assertThat(said.path("run_id").asText()).as(line).isEqualTo(run().id());
        assertThat(said.path("allocation").asText()).as(line).isEqualTo(allocation);
        assertThat(said.path("time").asText()).matches("\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\.\\d{3}Z");
        assertThat(said.path("level").asText()).isIn("INFO", "WARN");
      }
    }
    assertThat(submitJob.succeed("logs", id, "--stderr").output().lines())
        .anyMatch(line -> line.matches("\\d\\d:\\d\\d:\\d\\d INFO leaves with exit code 0"))
        .noneMatch(line -> line.startsWith("{"));
    assertThat(submitJob.succeed("logs", id).output().lines())
        .anyMatch(line -> line.startsWith("epoch 20/20"))
        .noneMatch(line -> line.startsWith("{"));
    assertThat(followed.shown().lines()).noneMatch(line -> line.startsWith("{"));
  }

  @Test
  void theRunTellsWhoSubmittedWhatAndItsExperimentIsOneOfTrainings() {
    assertRun(run())
        .hasTag("mlflow.user", System.getProperty("user.name"))
        .hasTag("mlflow.source.name", "digits.yaml")
        .hasTag("mlflow.source.type", "JOB");
    JsonNode experiment =
        cluster
            .mlflow()
            .rest()
            .get(
                "/api/2.0/mlflow/experiments/get?experiment_id="
                    + run().json().at("/info/experiment_id").asText())
            .path("experiment");
    assertThat(experiment.path("tags").toString())
        .contains("mlflow.experimentKind", "custom_model_development");
  }

  @Test
  void theJobNamesNoAddressOfMlflowOrThePushgateway() {
    ObjectNode job = (ObjectNode) cluster.nomad().job(job().job());
    job.remove("UI"); // Links for a person's browser.
    assertThat(job.toString())
        .doesNotContain(":" + cluster.mlflow().port())
        .doesNotContain(":" + cluster.pushgateway().port());
  }

  private Submitted job() {
    return Submitted.named(cluster, "digits-mlp");
  }

  private Run run() {
    return job().run();
  }

  private JsonNode params() {
    return run().json().at("/data/params");
  }

  private static byte[] local() throws IOException {
    return Files.readAllBytes(Repository.file("examples/" + DATA));
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
