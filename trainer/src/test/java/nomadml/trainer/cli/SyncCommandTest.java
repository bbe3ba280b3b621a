package nomadml.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import nomadml.trainer.HttpTwin;
import nomadml.trainer.HttpTwin.Answer;
import nomadml.trainer.HttpTwin.Request;
import nomadml.trainer.report.InMemoryGauges;
import nomadml.trainer.report.InMemoryTracker;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.RunStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SyncCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void sendsWhatALocalRunLeft() throws IOException {
    train();
    try (HttpTwin server = new HttpTwin(SyncCommandTest::answer)) {
      Map<String, String> environment = Map.of("MLFLOW_TRACKING_URI", server.address().toString());
      assertThat(run(environment, "--run-folder", folder.toString())).isZero();
      assertThat(out.toString()).contains("all 4 reports", server.address().toString(), "run abc");
      assertThat(server.requests())
          .extracting(Request::path)
          .endsWith(
              "/api/2.0/mlflow/runs/log-batch",
              "/api/2.0/mlflow/runs/log-batch",
              "/api/2.0/mlflow/registered-models/create",
              "/api/2.0/mlflow/model-versions/search?max_results=1000&filter=run_id%3D%27abc%27",
              "/api/2.0/mlflow/model-versions/set-tag",
              "/api/2.0/mlflow/runs/update");
      assertThat(server.requests())
          .extracting(Request::body)
          .anyMatch(b -> b.contains("sha256:d1"));
      assertThat(run(environment, "--run-folder", folder.toString())).isZero();
      assertThat(out.toString()).contains("nothing to send");
    }
  }

  @Test
  void keepsWhatTheServerDoesNotTake() throws IOException {
    train();
    SyncCommand command = new SyncCommand(Map.of(), Duration.ofMillis(50), Duration.ofMillis(10));
    assertThat(
            run(command, "--run-folder", folder.toString(), "--tracking-uri", "http://127.0.0.1:9"))
        .isEqualTo(5);
    assertThat(err.toString()).contains("4 of 4 reports did not get to MLflow", "hint: ");
  }

  @Test
  void refusesWhatIsNoRunFolder() {
    assertThat(run(Map.of(), "--run-folder", folder.toString(), "--tracking-uri", "http://h"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("there is no spool in " + folder, "hint: ");
    assertThat(folder.resolve("lock")).doesNotExist();
    assertThat(
            run(
                Map.of(),
                "--run-folder",
                folder.resolve("none").toString(),
                "--tracking-uri",
                "http://h"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("none is no folder");
  }

  @Test
  void refusesWhatIsNoAddress() {
    assertThat(run(Map.of(), "--run-folder", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("no MLflow server is given", "MLFLOW_TRACKING_URI");
    for (String wrong :
        new String[] {"localhost:5000", "file:///tmp", "http://a b", "sqlite:///x"}) {
      assertThat(run(Map.of(), "--run-folder", folder.toString(), "--tracking-uri", wrong))
          .as(wrong)
          .isEqualTo(2);
      assertThat(err.toString()).contains(wrong + " is no address", "hint: such as");
    }
  }

  private void train() throws IOException {
    RunIdentity identity = new RunIdentity(null, "sub", "digits", "digits-mlp", Map.of());
    try (Report report =
        new Report(
            folder,
            identity,
            new InMemoryTracker(),
            new InMemoryGauges(),
            Clock.systemUTC(),
            warning -> {})) {
      report.params(Map.of("epochs", "1"));
      report.metrics(1, 1, Map.of("train_loss", 0.5));
      report.register("digits", "model", "sha256:d1");
      report.status(RunStatus.FINISHED);
    }
    assertThat(Files.exists(folder.resolve("spool"))).isTrue();
  }

  private static Answer answer(Request request) {
    if (request.path().contains("model-versions/search")) {
      return Answer.ok("{\"model_versions\":[{\"name\":\"digits\",\"version\":\"1\"}]}");
    }
    return request.path().contains("experiments/get-by-name")
        ? Answer.ok("{\"experiment\":{\"experiment_id\":\"7\"}}")
        : Answer.ok("{\"run\":{\"info\":{\"run_id\":\"abc\",\"experiment_id\":\"7\"}}}");
  }

  private int run(Map<String, String> environment, String... arguments) {
    return run(new SyncCommand(environment), arguments);
  }

  private int run(SyncCommand command, String... arguments) {
    return new CommandLine(command)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
