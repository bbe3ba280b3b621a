package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.CheckpointPlace;
import nomadml.spec.JobFileReader;
import nomadml.spec.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskTest {
  @TempDir private Path home;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void begin() throws Exception {
    Path jobFile = home.resolve("job.json");
    Json.MAPPER.writeValue(
        jobFile.toFile(),
        JobFileReader.read("name: a\ncommand: [\"true\"]\n", "job.yaml", List.of()));
    environment.put("NOMAD_ML_JOB_FILE", jobFile.toString());
    environment.put("NOMAD_ML_SUBMISSION_ID", "submission-1");
    environment.put("NOMAD_ML_RUN_FOLDER", home.resolve("run").toString());
  }

  @Test
  void readsWhatTheSchedulerSets() {
    environment.put("NOMAD_ML_RUN_ID", "");
    environment.put("NOMAD_ML_NODE", "node-1");
    environment.put("NOMAD_ML_MODE", "local");
    environment.put(
        "NOMAD_ML_INPUTS",
        "[{\"path\":\"a.csv\",\"sha256\":\"00\",\"bytes\":1,\"source\":\"/x/a.csv\"}]");
    Task task = Task.read(environment);
    assertThat(task.runId()).isNull();
    assertThat(task.local()).isTrue();
    assertThat(task.node()).isEqualTo("node-1");
    assertThat(task.inputs()).singleElement().extracting("path").isEqualTo("a.csv");
    assertThat(task.model()).isEqualTo("command");
  }

  @Test
  void aLaunchOfAScheduleIsASubmissionOfItsOwn() {
    environment.put("NOMAD_JOB_ID", "nightly-1a2b3c4d/periodic-1764540000");
    assertThat(Task.read(environment).submission()).isEqualTo("submission-1-1764540000");
    environment.put("NOMAD_JOB_ID", "nightly-1a2b3c4d");
    assertThat(Task.read(environment).submission()).isEqualTo("submission-1");
  }

  @Test
  void takesWhatNomadDidNotInterpolateForUnset() {
    environment.put("NOMAD_ML_NODE", "${node.unique.name}");
    environment.put("HOSTNAME", "host-1");
    assertThat(Task.read(environment).node()).isEqualTo("host-1");
  }

  @Test
  void keepsCheckpointsWhereTheJobSaysElseWhereTheOperatorDoes() throws Exception {
    assertThat(Task.read(environment).checkpoints()).isNull();
    environment.put("NOMAD_ML_CHECKPOINT_STORAGE", "/mnt/checkpoints");
    assertThat(Task.read(environment).checkpoints())
        .isEqualTo(new CheckpointPlace.Folder("/mnt/checkpoints"));
    train("checkpoint: {storage: \"s3://bucket/runs\"}");
    assertThat(Task.read(environment).checkpoints())
        .isEqualTo(new CheckpointPlace.Bucket("bucket", "runs"));
    environment.put("NOMAD_ML_CHECKPOINT_STORAGE", "checkpoints");
    assertThat(Task.read(environment).checkpoints()).isInstanceOf(CheckpointPlace.Bucket.class);
    train("epochs: 1");
    refused(environment, "NOMAD_ML_CHECKPOINT_STORAGE must be mlflow, s3://bucket/prefix or");
  }

  private void train(String field) throws Exception {
    Json.MAPPER.writeValue(
        home.resolve("job.json").toFile(),
        JobFileReader.read(
            """
            name: a
            train:
              data: {format: csv, path: a.csv, label: b}
              model: {type: mlp}
              %s
            """
                .formatted(field),
            "job.yaml",
            List.of()));
  }

  @Test
  void tellsAllThatIsMissing() {
    refused(
        Map.of(),
        "NOMAD_ML_JOB_FILE is not set",
        "NOMAD_ML_SUBMISSION_ID is not set",
        "NOMAD_ML_RUN_FOLDER is not set",
        "hint:");
  }

  @Test
  void refusesABrokenJobFile() throws IOException {
    Files.writeString(home.resolve("job.json"), "{\"name\": ");
    refused(environment, "is no resolved job file");
    Files.writeString(home.resolve("job.json"), "{\"name\": \"a\", \"nmae\": 1}");
    refused(environment, "is no resolved job file");
    Files.delete(home.resolve("job.json"));
    refused(environment, "can't be read: NoSuchFileException");
  }

  @Test
  void refusesInputsOutsideOfTheWorkingFolder() {
    for (String path : List.of("../a", "/etc/passwd", "a/../../b")) {
      environment.put(
          "NOMAD_ML_INPUTS",
          "[{\"path\":\"%s\",\"sha256\":\"00\",\"bytes\":1,\"source\":\"x\"}]".formatted(path));
      refused(environment, "leaves the working folder");
    }
    environment.put("NOMAD_ML_INPUTS", "{");
    refused(environment, "NOMAD_ML_INPUTS is no list of inputs");
  }

  private static void refused(Map<String, String> environment, String... messages) {
    assertThatThrownBy(() -> Task.read(environment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(messages);
  }
}
