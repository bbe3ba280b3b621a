package nomadml.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import nomadml.spec.FailureCause;
import nomadml.spec.Location;
import nomadml.trainer.HttpTwin;
import nomadml.trainer.HttpTwin.Answer;
import nomadml.trainer.HttpTwin.Request;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.report.RunAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowSourcesTest {
  private static final String STORE = "/api/2.0/mlflow-artifacts/artifacts/";

  /** Folders of a run and of a model. */
  private static final String ROOTS = "^7/(abc|models/m-5)/artifacts/";

  @TempDir private Path target;
  private final ArtifactsTwin store = new ArtifactsTwin();
  private final Map<String, String> artifacts = store.files;
  private String source = "mlflow-artifacts:/7/abc/artifacts/model";
  private final HttpTwin server = new HttpTwin(this::answer);
  private final MlflowSources sources = new MlflowSources(service -> server.address(), Map.of());

  @AfterEach
  void end() {
    server.close();
  }

  @Test
  void fetchesAFileOfARun() throws IOException {
    artifacts.put("sets/a.csv", "1,2,3");
    artifacts.put("sets/a.csv.gz", "other");
    sources.at(new Location.RunArtifact("abc", "sets/a.csv"), false).fetch(target);
    assertThat(target.resolve("content")).hasContent("1,2,3");
  }

  @Test
  void fetchesAFolderOfARun() throws IOException {
    artifacts.put("digits/one/1.png", "one");
    artifacts.put("digits/two/2.png", "two");
    artifacts.put("digits-too/x.png", "x");
    sources.at(new Location.RunArtifact("abc", "digits"), true).fetch(target);
    assertThat(target.resolve("one/1.png")).hasContent("one");
    assertThat(target.resolve("two/2.png")).hasContent("two");
    assertThat(target).isDirectoryNotContaining("glob:**x.png");
  }

  @Test
  void fetchesTheTorchScriptOfOurModels() throws IOException {
    artifacts.put("model/MLmodel", "flavors:");
    artifacts.put("model/data/model.pth", "weights");
    sources.at(new Location.RegisteredModel("digits", "3")).fetch(target);
    assertThat(target.resolve("content")).hasContent("weights");
    assertThat(server.requests().toString())
        .contains("model-versions/get-download-uri?name=digits&version=3");
  }

  @Test
  void tellsWhichVersionIsMeantAndItsDigest() throws IOException {
    ModelVersion third = sources.version(new Location.RegisteredModel("digits", "3"));
    assertThat(third.number()).isEqualTo("3");
    assertThat(third.runId()).isEqualTo("abc");
    assertThat(third.digest()).isEqualTo("sha256:12");
    ModelVersion newest = sources.version(new Location.RegisteredModel("o'digits", "latest"));
    assertThat(newest.number()).isEqualTo("5");
    assertThat(newest.digest()).isNull();
    assertThat(server.requests().toString())
        .contains("order_by=version_number%20DESC&filter=name%3D%27o%5C%27digits%27");
  }

  @Test
  void fetchesAllFilesOfAVersion() throws IOException {
    artifacts.put("model/MLmodel", "flavors:");
    artifacts.put("model/data/model.pth", "weights");
    sources.folder(sources.version(new Location.RegisteredModel("digits", "3"))).fetch(target);
    assertThat(target.resolve("MLmodel")).hasContent("flavors:");
    assertThat(target.resolve("data/model.pth")).hasContent("weights");
  }

  @Test
  void fetchesTheOnePtFileOfAModelByItsAlias() throws IOException {
    artifacts.put("model/network.pt", "weights");
    sources.at(new Location.RegisteredModel("my digits", "champion")).fetch(target);
    assertThat(target.resolve("content")).hasContent("weights");
    assertThat(server.requests().toString())
        .contains("registered-models/alias?name=my%20digits&alias=champion")
        .contains("get-download-uri?name=my%20digits&version=4");
  }

  @Test
  void fetchesAModelThatMlflowsClientLogged() throws IOException {
    source = "mlflow-artifacts:/7/models/m-5/artifacts";
    artifacts.put("data/model.pth", "weights");
    sources.at(new Location.RegisteredModel("digits", "3")).fetch(target);
    assertThat(target.resolve("content")).hasContent("weights");
  }

  @Test
  void refusesAModelOfSeveralOrElsewhere() {
    artifacts.put("model/one.pt", "1");
    artifacts.put("model/two.pt", "2");
    refused(new Location.RegisteredModel("digits", "3"), "holds 2 .pt files");
    source = "s3://bucket/model";
    refused(
        new Location.RegisteredModel("digits", "3"),
        "lies at s3://bucket/model, which MLflow does not serve");
  }

  @Test
  void missesWhatIsNotThere() {
    assertThatThrownBy(
            () -> sources.at(new Location.RunArtifact("abc", "a.csv"), false).fetch(target))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("runs:/abc/a.csv: the run has no such file");
    assertThatThrownBy(() -> sources.at(new Location.RunArtifact("abc", "a"), true).fetch(target))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> sources.at(new Location.RegisteredModel("unknown", "1")).fetch(target))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("models:/unknown/1");
  }

  @Test
  void readsWhatARunRecorded() throws IOException {
    assertThat(sources.params(new RunAddress("7", "abc")))
        .containsEntry("data_source_sha256", "0123");
  }

  private void refused(Location.RegisteredModel model, String message) {
    assertThatThrownBy(() -> sources.at(model).fetch(target))
        .isInstanceOfSatisfying(
            TrainingFailure.class,
            failure -> {
              assertThat(failure.failureCause()).isEqualTo(FailureCause.DATA_MISSING);
              assertThat(failure).hasMessageContaining(message);
              assertThat(failure.hint()).isNotBlank();
            });
  }

  private Answer answer(Request request) {
    String path = request.path();
    if (path.contains("/runs/get")) {
      return Answer.ok(
          "{\"run\":{\"info\":{\"artifact_uri\":\"mlflow-artifacts:/7/abc/artifacts\"},"
              + "\"data\":{\"params\":[{\"key\":\"data_source_sha256\",\"value\":\"0123\"}]}}}");
    }
    if (path.contains("name=unknown")) {
      return ArtifactsTwin.MISSING;
    }
    if (path.contains("/registered-models/alias")) {
      return Answer.ok("{\"model_version\":{\"version\":\"4\"}}");
    }
    if (path.contains("/model-versions/get?")) {
      String version = path.substring(path.indexOf("&version=") + "&version=".length());
      return Answer.ok(
          ("{\"model_version\":{\"version\":\"%s\",\"run_id\":\"abc\",\"tags\":["
                  + "{\"key\":\"nomad_ml.model_digest\",\"value\":\"sha256:12\"}]}}")
              .formatted(version));
    }
    if (path.contains("/model-versions/search?")) {
      return Answer.ok("{\"model_versions\":[{\"version\":\"5\"}]}");
    }
    if (path.contains("/model-versions/get-download-uri")) {
      return Answer.ok("{\"artifact_uri\":\"%s\"}".formatted(source));
    }
    if (path.contains("/mlflow-artifacts/artifacts?path=")) {
      String folder = URI.create(path).getQuery().substring("path=".length()) + "/";
      return store.list(folder.replaceFirst(ROOTS, ""), "");
    }
    if (path.contains("/artifacts/list")) {
      return store.answer(request);
    }
    return Answer.ok(artifacts.getOrDefault(path.replace(STORE, "").replaceFirst(ROOTS, ""), ""));
  }
}
