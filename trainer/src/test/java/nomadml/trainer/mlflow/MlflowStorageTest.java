package nomadml.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.Map;
import nomadml.trainer.HttpTwin;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.storage.CheckpointStorageContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MlflowStorageTest extends CheckpointStorageContract {
  private static final RunAddress RUN = new RunAddress("7", "abc");

  private final ArtifactsTwin artifacts = new ArtifactsTwin();
  private final Map<String, String> stored = artifacts.files;
  private final HttpTwin server = new HttpTwin(artifacts::answer);
  private final MlflowStorage storage =
      new MlflowStorage(service -> server.address(), Map.of(), () -> RUN);

  @AfterEach
  void close() {
    server.close();
  }

  @Override
  protected CheckpointStorage storage() {
    return storage;
  }

  @Test
  void putsTheManifestLast() throws IOException {
    storage.put(10, checkpoint("weights"));
    assertThat(server.requests())
        .filteredOn(request -> request.method().equals("PUT"))
        .extracting(request -> request.path().replace(ArtifactsTwin.STORE, ""))
        .containsExactly(
            "checkpoints/10/attempts", "checkpoints/10/network.pt", "checkpoints/10/manifest.json");
  }

  @Test
  void knowsTheCompleteOnesNewestFirst() throws IOException {
    assertThat(storage.steps()).isEmpty();
    storage.put(9, checkpoint("weights"));
    storage.put(100, checkpoint("weights"));
    stored.put("checkpoints/200/network.pt", "half");
    stored.put("checkpoints/other/manifest.json", "{}");
    assertThat(storage.steps()).containsExactly(100L, 9L);
  }

  @Test
  void leavesNothingThatLooksCompleteWhenItBreaksOff() throws IOException {
    storage.put(10, checkpoint("weights"));
    stored.put("checkpoints/10/network.pt", ArtifactsTwin.BROKEN);
    assertThatIOException().isThrownBy(() -> storage.get(10, home.resolve("10")));
    assertThat(home.resolve("10")).doesNotExist();
  }

  @Test
  void saysThatOneIsNotThere() {
    assertThatIOException()
        .isThrownBy(() -> storage.get(10, home.resolve("10")))
        .withMessageContaining("checkpoints/10")
        .withMessageContaining("run abc");
  }

  @Test
  void deletesTheManifestFirst() throws IOException {
    storage.put(10, checkpoint("weights"));
    storage.delete(10);
    storage.delete(11);
    assertThat(stored).isEmpty();
    assertThat(server.requests())
        .filteredOn(request -> request.method().equals("DELETE"))
        .extracting(request -> request.path().replace(ArtifactsTwin.STORE, ""))
        .containsSequence("checkpoints/10/manifest.json", "checkpoints/10");
  }

  /** Cut off in the middle, the old manifest would vouch for files it does not know. */
  @Test
  void takesTheManifestAwayBeforeItReplacesFiles() throws IOException {
    storage.put(10, checkpoint("old"));
    storage.put(10, checkpoint("new"));
    assertThat(server.requests().toString())
        .containsSubsequence(
            "PUT " + ArtifactsTwin.STORE + "checkpoints/10/manifest.json",
            "DELETE " + ArtifactsTwin.STORE + "checkpoints/10/manifest.json",
            "PUT " + ArtifactsTwin.STORE + "checkpoints/10/network.pt");
  }

  @Test
  void waitsForTheRun() {
    MlflowStorage early =
        new MlflowStorage(
            service -> server.address(),
            Map.of(),
            () -> {
              throw new IOException("MLflow is away");
            });
    assertThatIOException().isThrownBy(early::steps).withMessage("MLflow is away");
  }
}
