package nomadml.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nomadml.trainer.HttpTwin;
import nomadml.trainer.HttpTwin.Answer;
import nomadml.trainer.HttpTwin.Request;
import nomadml.trainer.report.Batch;
import nomadml.trainer.report.Dataset;
import nomadml.trainer.report.RefusedException;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.RunStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowTrackerTest {
  private static final String API = "/api/2.0/mlflow/";
  private static final RunAddress RUN = new RunAddress("7", "abc");
  private static final String INFO =
      "{\"run_id\":\"abc\",\"experiment_id\":\"7\",\"artifact_uri\":\"mlflow-artifacts:/7/abc/artifacts\"}";
  private static final String FOUND =
      "{\"run\":{\"info\":%s,\"data\":{\"metrics\":[{\"key\":\"loss\",\"value\":0.5,\"timestamp\":9,\"step\":3}]}}}"
          .formatted(INFO);
  private static final Batch POINT =
      new Batch(List.of(new Batch.Point("loss", 0.5, 1, 1)), Map.of(), Map.of());

  @TempDir Path folder;
  private HttpTwin server = new HttpTwin(request -> Answer.NONE);
  private volatile Answer next = Answer.NONE;
  private volatile String created = "";

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void takesTheRunThatIsNamed() throws IOException {
    serve(request -> Answer.ok(FOUND));
    assertThat(tracker().ensureRun(identity("abc"))).isEqualTo(RUN);
    assertThat(paths()).containsExactly("GET runs/get?run_uuid=abc&run_id=abc");
  }

  @Test
  void findsTheRunOfTheSubmissionBeforeItMakesOne() throws IOException {
    serve(
        request ->
            switch (endpoint(request)) {
              case "runs/get" -> missing();
              case "experiments/get-by-name" ->
                  Answer.ok("{\"experiment\":{\"experiment_id\":\"7\"}}");
              default -> Answer.ok("{\"runs\":[{\"info\":%s}]}".formatted(INFO));
            });
    assertThat(tracker().ensureRun(identity("gone"))).isEqualTo(RUN);
    assertThat(paths().get(paths().size() - 1)).isEqualTo("POST runs/search");
    assertThat(server.requests().get(paths().size() - 1).body())
        .contains("tags.`nomad_ml.submission_id` \\u003d \\u0027sub\\u0027");
  }

  @Test
  void makesExperimentAndRun() throws IOException {
    next = missing();
    serve(
        request ->
            switch (endpoint(request)) {
              case "experiments/get-by-name" -> next;
              case "experiments/create" -> {
                created = request.body();
                next = Answer.ok("{\"experiment\":{\"experiment_id\":\"7\"}}");
                yield error(
                    400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=digits) already exists.");
              }
              case "runs/create" -> Answer.ok("{\"run\":{\"info\":%s}}".formatted(INFO));
              default -> Answer.ok("{}");
            });
    assertThat(tracker().ensureRun(identity(""))).isEqualTo(RUN);
    String body = last().body();
    assertThat(last().path()).isEqualTo(API + "runs/create");
    assertThat(created).contains("mlflow.experimentKind", "custom_model_development");
    assertThat(body)
        .contains("\"nomad_ml.submission_id\"", "\"sub\"", "\"user\"", "\"digits-mlp\"");
  }

  @Test
  void readsTheLastPoints() throws IOException {
    serve(request -> Answer.ok(FOUND));
    assertThat(tracker().lastPoints(RUN))
        .containsExactly(Map.entry("loss", new Batch.Point("loss", 0.5, 9, 3)));
  }

  @Test
  void splitsParamsAndCutsLongOnes() throws IOException {
    serve(request -> Answer.ok("{}"));
    Map<String, String> params =
        IntStream.range(0, 150)
            .boxed()
            .collect(Collectors.toMap(i -> "p" + i, i -> "x".repeat(7000)));
    tracker().log(RUN, new Batch(POINT.points(), params, Map.of("t", "y".repeat(9000))));
    assertThat(paths())
        .containsExactly("POST runs/log-batch", "POST runs/log-batch", "POST runs/log-batch");
    assertThat(last().body())
        .contains("x (cut)".replace("x ", "x … "))
        .doesNotContain("x".repeat(6000));
    assertThat(server.requests().get(1).body())
        .contains("y … (cut)")
        .doesNotContain("y".repeat(8000));
  }

  @Test
  void tellsWhatIsRefusedFromWhatMaySucceedLater() throws IOException {
    serve(request -> next);
    MlflowTracker tracker = tracker();
    next = error(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed.");
    assertThatThrownBy(() -> tracker.log(RUN, POINT))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Changing param values is not allowed.")
        .hasMessageContaining(server.address().toString());
    next = new Answer(413, "<html>too large</html>");
    assertThatThrownBy(() -> tracker.log(RUN, POINT)).isInstanceOf(RefusedException.class);
    for (Answer later :
        List.of(
            new Answer(500, "oops"),
            new Answer(400, "<html>a proxy</html>"),
            new Answer(404, "nothing here"),
            new Answer(408, "late"),
            missing(),
            error(503, "TEMPORARILY_UNAVAILABLE", "busy"))) {
      next = later;
      assertThatIOException()
          .as(later.toString())
          .isThrownBy(() -> tracker.log(RUN, POINT))
          .isNotInstanceOf(RefusedException.class);
    }
  }

  @Test
  void saysWhatToSetWhenItIsDenied() throws IOException {
    next = new Answer(401, "You are not authenticated");
    serve(request -> next);
    assertThatIOException()
        .isThrownBy(() -> tracker().log(RUN, POINT))
        .isNotInstanceOf(RefusedException.class)
        .withMessageContaining("hint: set MLFLOW_TRACKING_TOKEN");
    next = new Answer(403, "Invalid Host header - possible DNS rebinding attack detected");
    assertThatIOException()
        .isThrownBy(() -> tracker().log(RUN, POINT))
        .withMessageContaining("--allowed-hosts");
  }

  @Test
  void showsItsCredentials() throws IOException {
    serve(request -> Answer.ok(FOUND));
    new MlflowTracker(
            service -> server.address(), Map.of("MLFLOW_TRACKING_TOKEN", "t0"), Clock.systemUTC())
        .upload(RUN, "a.txt", Files.writeString(folder.resolve("a.txt"), "text"));
    new MlflowTracker(
            service -> server.address(),
            Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "pw"),
            Clock.systemUTC())
        .upload(RUN, "a.txt", folder.resolve("a.txt"));
    assertThat(server.requests())
        .extracting(Request::authorization)
        .containsExactly("Bearer t0", "Bearer t0", "Basic bWU6cHc=", "Basic bWU6cHc=");
    assertThat(Credentials.of(Map.of("MLFLOW_TRACKING_TOKEN", "t0")).toString())
        .doesNotContain("t0");
  }

  @Test
  void uploadsAFolderFileByFile() throws IOException {
    serve(request -> Answer.ok(FOUND));
    Path model = Files.createDirectories(folder.resolve("model/data"));
    Files.writeString(model.resolve("a b+é.pth"), "weights");
    Files.writeString(folder.resolve("model/empty"), "");
    tracker().upload(RUN, "model", folder.resolve("model"));
    assertThat(server.requests())
        .extracting(Object::toString)
        .containsExactly(
            "GET /api/2.0/mlflow/runs/get?run_uuid=abc&run_id=abc",
            "PUT /api/2.0/mlflow-artifacts/artifacts/7/abc/artifacts/model/data/a%20b%2B%C3%A9.pth",
            "PUT /api/2.0/mlflow-artifacts/artifacts/7/abc/artifacts/model/empty");
    assertThat(server.requests().get(1).body()).isEqualTo("weights");
  }

  @Test
  void refusesArtifactsThatOnlyPythonCanWrite() throws IOException {
    serve(request -> Answer.ok(FOUND.replace("mlflow-artifacts:/7", "s3://bucket")));
    assertThatThrownBy(
            () -> tracker().upload(RUN, "a", Files.writeString(folder.resolve("a"), "text")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("s3://bucket")
        .hasMessageContaining("hint: start MLflow with --serve-artifacts");
  }

  @Test
  void findsTheServerThatHasMoved() throws IOException {
    serve(request -> Answer.ok("{}"));
    MlflowTracker tracker = tracker();
    tracker.log(RUN, POINT);
    server.close();
    serve(request -> Answer.ok("{}"));
    tracker.log(RUN, POINT);
    assertThat(paths()).containsExactly("POST runs/log-batch");
  }

  @Test
  void givesUpOnAServerThatHangs() throws IOException {
    serve(request -> Answer.NONE);
    Connection connection =
        new Connection(service -> server.address(), Map.of(), Duration.ofMillis(200));
    assertThatIOException()
        .isThrownBy(() -> connection.call("reading", client -> client.getRun("abc")))
        .withMessageContaining("no answer");
    assertThatIOException()
        .isThrownBy(() -> new Artifacts(connection).list(RUN, "model"))
        .withMessageContaining("no answer");
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    serve(request -> Answer.NONE);
    server.close();
    assertThatIOException()
        .isThrownBy(() -> tracker().log(RUN, POINT))
        .withMessageContaining("writing metrics at " + server.address())
        .withMessageContaining("refused");
  }

  @Test
  void registersAVersionOnce() throws IOException {
    next = Answer.ok("{}");
    serve(
        request ->
            switch (endpoint(request)) {
              case "registered-models/create" ->
                  error(
                      400, "RESOURCE_ALREADY_EXISTS", "Registered Model (name=m) already exists.");
              case "model-versions/create" -> {
                next =
                    Answer.ok(
                        "{\"model_versions\":[{\"name\":\"other\",\"version\":\"9\"},"
                            + "{\"name\":\"m\",\"version\":\"4\"}]}");
                yield Answer.ok("{}");
              }
              case "model-versions/search" -> next;
              default -> Answer.ok(FOUND);
            });
    assertThat(tracker().register(RUN, "m", "model", "sha256:d1")).isEqualTo("4");
    assertThat(last())
        .hasToString("POST " + API + "model-versions/set-tag")
        .extracting(Request::body)
        .isEqualTo(
            "{\"name\":\"m\",\"version\":\"4\",\"key\":\"nomad_ml.model_digest\",\"value\":\"sha256:d1\"}");
    assertThat(tracker().register(RUN, "m", "model", "sha256:d1")).isEqualTo("4");
    assertThat(
            server.requests().stream()
                .filter(request -> endpoint(request).equals("model-versions/create")))
        .singleElement()
        .extracting(Request::body)
        .asString()
        .contains("mlflow-artifacts:/7/abc/artifacts/model");
  }

  @Test
  void registersAVersionWhoseDigestIsUnknown() throws IOException {
    serve(request -> Answer.ok("{\"model_versions\":[{\"name\":\"m\",\"version\":\"4\"}]}"));
    assertThat(tracker().register(RUN, "m", "model", null)).isEqualTo("4");
    assertThat(paths()).noneMatch(path -> path.contains("set-tag"));
  }

  @Test
  void notesADataSetWithItsSourceAndSize() throws IOException {
    serve(request -> Answer.ok("{}"));
    Dataset digits =
        new Dataset(
            "a.csv",
            "0123456789".repeat(6),
            "http",
            Map.of("url", "https://host/a.csv"),
            "{}",
            Map.of("num_rows", 7L),
            "training");
    tracker().use(RUN, digits);
    assertThat(endpoint(last())).isEqualTo("runs/log-inputs");
    assertThat(last().body())
        .isEqualTo(
            "{\"run_id\":\"abc\",\"datasets\":[{\"tags\":[{\"key\":\"mlflow.data.context\",\"value\":\"training\"}],"
                + "\"dataset\":{\"name\":\"a.csv\",\"digest\":\"012345678901234567890123456789012345\",\"source_type\":\"http\","
                + "\"source\":\"{\\\"url\\\":\\\"https://host/a.csv\\\"}\",\"profile\":\"{\\\"num_rows\\\":7}\",\"schema\":\"{}\"}}]}");
  }

  @Test
  void endsARunOnlyWhenItIsOver() throws IOException {
    serve(request -> Answer.ok("{}"));
    tracker().setStatus(RUN, RunStatus.SCHEDULED, 5);
    assertThat(last().body()).isEqualTo("{\"run_id\":\"abc\",\"status\":\"SCHEDULED\"}");
    tracker().setStatus(RUN, RunStatus.KILLED, 5);
    assertThat(last().body())
        .isEqualTo("{\"run_id\":\"abc\",\"status\":\"KILLED\",\"end_time\":5}");
  }

  private void serve(Function<Request, Answer> answers) {
    server.close();
    server = new HttpTwin(answers);
  }

  private MlflowTracker tracker() {
    return new MlflowTracker(service -> server.address(), Map.of(), Clock.systemUTC());
  }

  private Request last() {
    return server.requests().get(server.requests().size() - 1);
  }

  private List<String> paths() {
    return server.requests().stream().map(request -> request.toString().replace(API, "")).toList();
  }

  private static String endpoint(Request request) {
    return request.path().replace(API, "").replaceFirst("\\?.*", "");
  }

  private static Answer missing() {
    return error(404, "RESOURCE_DOES_NOT_EXIST", "not found");
  }

  private static Answer error(int status, String code, String message) {
    return new Answer(
        status, "{\"error_code\":\"%s\",\"message\":\"%s\"}".formatted(code, message));
  }

  private static RunIdentity identity(String run) {
    return new RunIdentity(run, "sub", "digits", "digits-mlp", Map.of("user", "me"));
  }
}
