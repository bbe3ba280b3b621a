package nomadml.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import nomadml.spec.Environment;
import nomadml.spec.JobFileReader;
import nomadml.spec.Json;
import nomadml.spec.log.LogFormat;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.supervisor.Output;
import nomadml.trainer.supervisor.RunFolder;
import nomadml.trainer.supervisor.Surroundings;
import nomadml.trainer.supervisor.Task;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WiringTest {
  @TempDir private Path home;

  /** Each would have connections and a thread of its own, until somebody collects it. */
  @Test
  void keepsCheckpointsInOneStorageHoweverManyThereAre() throws Exception {
    Path jobFile = home.resolve("job.json");
    Json.MAPPER.writeValue(
        jobFile.toFile(), JobFileReader.read("name: a\ncommand: [a]\n", "job.yaml", List.of()));
    Map<String, String> environment =
        Map.of(
            Environment.JOB_FILE,
            jobFile.toString(),
            Environment.SUBMISSION_ID,
            "submission-1",
            Environment.RUN_FOLDER,
            home.resolve("run").toString(),
            Environment.MLFLOW_TRACKING_URI,
            "http://127.0.0.1:9");
    Task task = Task.read(environment);
    try (RunFolder folder = RunFolder.open(task.runFolder())) {
      OutputStream nowhere = OutputStream.nullOutputStream();
      Output output = new Output(nowhere, nowhere, folder, Clock.systemUTC(), LogFormat.JSON);
      Surroundings around =
          new Wiring(task, folder, environment, output, Clock.systemUTC()).surroundings();
      CheckpointStorage first = around.storage().find().orElseThrow();
      assertThat(around.storage().find().orElseThrow()).isSameAs(first);
      around.report().close();
    }
  }
}
