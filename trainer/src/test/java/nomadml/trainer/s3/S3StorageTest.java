package nomadml.trainer.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.storage.CheckpointStorageContract;
import nomadml.trainer.storage.DamagedCheckpointException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3StorageTest extends CheckpointStorageContract {
  private final S3Twin server = new S3Twin();
  private final S3Storage storage = new S3Storage("bucket", "runs/abc", server.environment());

  @AfterEach
  void end() {
    server.close();
  }

  @Override
  protected CheckpointStorage storage() {
    return storage;
  }

  @Test
  void namesObjectsByRunAndStep() throws IOException {
    storage.put(9, checkpoint("nine"));
    assertThat(server.objects()).containsKey("runs/abc/9/network.pt");
    storage.delete(9);
    assertThat(server.objects()).isEmpty();
  }

  @Test
  void storesTheManifestLast() throws IOException {
    storage.put(9, checkpoint("nine"));
    assertThat(server.stored())
        .containsExactly(
            "runs/abc/9/attempts", "runs/abc/9/network.pt", "runs/abc/9/manifest.json");
  }

  @Test
  void doesNotCountOneWithoutManifest() throws IOException {
    storage.put(9, checkpoint("nine"));
    storage.put(10, checkpoint("ten"));
    server.objects().remove("runs/abc/10/manifest.json");
    assertThat(storage.steps()).containsExactly(9L);
  }

  @Test
  void keepsRunsApart() throws IOException {
    storage.put(9, checkpoint("nine"));
    assertThat(new S3Storage("bucket", "runs/ab", server.environment()).steps()).isEmpty();
    assertThat(new S3Storage("bucket", "", server.environment()).steps()).isEmpty();
  }

  @Test
  void refusesADamagedObject() throws IOException {
    storage.put(9, checkpoint("nine"));
    server.objects().put("runs/abc/9/network.pt", "NINE".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> storage.get(9, home.resolve("back")))
        .isInstanceOf(DamagedCheckpointException.class)
        .hasMessageContaining("network.pt is damaged");
  }

  @ParameterizedTest
  @CsvSource({
    "NoSuchBucket, hint: make the bucket bucket",
    "InvalidAccessKeyId, hint: check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch, hint: check AWS_ACCESS_KEY_ID",
    "AccessDenied, hint: these credentials may not",
    "AuthorizationHeaderMalformed, hint: set AWS_REGION",
  })
  void saysWhyItIsRefusedAndWhatToDo(String code, String hint) throws IOException {
    server.refuse(code);
    Path checkpoint = checkpoint("nine");
    assertThatThrownBy(() -> storage.put(9, checkpoint))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("s3://bucket/runs/abc/9/manifest.json failed with 403 " + code)
        .hasMessageContaining(hint)
        .hasMessageNotContaining("topsecret");
  }

  @Test
  void saysThatNoServerAnswers() {
    Map<String, String> environment = new HashMap<>(server.environment());
    environment.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
    assertThatThrownBy(() -> new S3Storage("bucket", "x", environment).steps())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hint: see that AWS_ENDPOINT_URL_S3");
  }

  @Test
  void saysThatCredentialsAreMissing() {
    Map<String, String> environment = new HashMap<>(server.environment());
    environment.remove("AWS_ACCESS_KEY_ID");
    environment.put("AWS_SHARED_CREDENTIALS_FILE", home.resolve("none").toString());
    assertThatThrownBy(() -> new S3Storage("bucket", "x", environment).steps())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hint: set AWS_ACCESS_KEY_ID");
  }
}
