package nomadml.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import nomadml.trainer.HttpTwin;
import nomadml.trainer.HttpTwin.Answer;
import nomadml.trainer.HttpTwin.Request;
import nomadml.trainer.report.RunAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowStorageTest {
  private static final String STORE = "/api/2.0/mlflow-artifacts/artifacts/7/abc/artifacts/";
  private static final RunAddress RUN = new RunAddress("7", "abc");

  @TempDir Path folder;
  private final Map<String, String> stored = new TreeMap<>();
  private final HttpTwin server = new HttpTwin(this::answer);
  private final MlflowStorage storage =
      new MlflowStorage(service -> server.address(), Map.of(), () -> Optional.of(RUN));
  private Path checkpoint = Path.of(".");

  @BeforeEach
  void layOut() throws IOException {
    checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    Files.writeString(checkpoint.resolve("manifest.json"), "{}");
    Files.writeString(checkpoint.resolve("network.pt"), "weights");
    Files.writeString(checkpoint.resolve("spool-tail.jsonl"), "");
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void putsTheManifestLast() throws IOException {
    storage.put(10, checkpoint);
    assertThat(server.requests())
        .filteredOn(request -> request.method().equals("PUT"))
        .extracting(request -> request.path().replace(STORE, ""))
        .containsExactly(
            "checkpoints/10/network.pt",
            "checkpoints/10/spool-tail.jsonl",
            "checkpoints/10/manifest.json");
  }

  @Test
  void knowsTheCompleteOnesNewestFirst() throws IOException {
    assertThat(storage.steps()).isEmpty();
    storage.put(9, checkpoint);
    storage.put(100, checkpoint);
    stored.put("checkpoints/200/network.pt", "half");
    stored.put("checkpoints/other/manifest.json", "{}");
    assertThat(storage.steps()).containsExactly(100L, 9L);
  }

  @Test
  void bringsOneBackAsItWas() throws IOException {
    storage.put(10, checkpoint);
    Path back = folder.resolve("node/checkpoints/10");
    storage.get(10, back);
    assertThat(back).isDirectoryContaining("glob:**network.pt");
    assertThat(back.resolve("network.pt")).hasContent("weights");
    assertThat(back.resolve("spool-tail.jsonl")).isEmptyFile();
    assertThat(back.getParent()).isDirectoryNotContaining("glob:**.unfinished");
  }

  @Test
  void leavesNothingThatLooksCompleteWhenItBreaksOff() throws IOException {
    storage.put(10, checkpoint);
    stored.put("checkpoints/10/network.pt", "BROKEN");
    assertThatIOException().isThrownBy(() -> storage.get(10, folder.resolve("10")));
    assertThat(folder.resolve("10")).doesNotExist();
  }

  @Test
  void saysThatOneIsNotThere() {
    assertThatIOException()
        .isThrownBy(() -> storage.get(10, folder.resolve("10")))
        .withMessageContaining("checkpoints/10")
        .withMessageContaining("run abc");
  }

  @Test
  void deletesTheManifestFirst() throws IOException {
    storage.put(10, checkpoint);
    storage.delete(10);
    storage.delete(11);
    assertThat(stored).isEmpty();
    assertThat(server.requests())
        .filteredOn(request -> request.method().equals("DELETE"))
        .extracting(request -> request.path().replace(STORE, ""))
        .startsWith("checkpoints/10/manifest.json", "checkpoints/10");
  }

  @Test
  void waitsForTheRun() {
    MlflowStorage early = new MlflowStorage(service -> server.address(), Map.of(), Optional::empty);
    assertThatIOException().isThrownBy(early::steps).withMessageContaining("not known yet");
  }

  /** MLflow's artifact store, as far as it is needed. */
  private Answer answer(Request request) {
    String path = request.path().replace(STORE, "");
    if (request.path().contains("/runs/get")) {
      return Answer.ok(
          "{\"run\":{\"info\":{\"artifact_uri\":\"mlflow-artifacts:/7/abc/artifacts\"}}}");
    }
    if (request.path().contains("/artifacts/list")) {
      String query = URI.create(request.path()).getQuery();
      return list(query.substring(query.indexOf("path=") + 5) + "/");
    }
    return switch (request.method()) {
      case "PUT" -> {
        stored.put(path, request.body());
        yield Answer.ok("");
      }
      case "DELETE" -> {
        boolean there = stored.keySet().removeIf(key -> (key + "/").startsWith(path + "/"));
        yield there ? Answer.ok("{}") : missing();
      }
      default -> {
        String body = stored.get(path);
        yield body == null
            ? missing()
            : body.equals("BROKEN") ? new Answer(500, "") : Answer.ok(body);
      }
    };
  }

  private Answer list(String parent) {
    return Answer.ok(
        stored.keySet().stream()
            .filter(key -> key.startsWith(parent))
            .map(key -> key.substring(parent.length()).replaceFirst("/.*", "/"))
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .map(
                name ->
                    "{\"path\":\"%s\",\"is_dir\":%s}"
                        .formatted(parent + name.replace("/", ""), name.endsWith("/")))
            .collect(Collectors.joining(",", "{\"files\":[", "]}")));
  }

  private static Answer missing() {
    return new Answer(404, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"none\"}");
  }
}
