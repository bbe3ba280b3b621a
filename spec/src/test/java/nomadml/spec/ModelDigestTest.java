package nomadml.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDigestTest {
  /** Upper case before lower case; U+FFFD before U+1F600 in UTF-8 and after it in UTF-16. */
  private static final String[] PATHS = {
    "MLmodel", "data/model.pth", "data-2", "\uFFFD", "\uD83D\uDE00", "Z", "a b"
  };

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    for (String path : PATHS) {
      Path file = folder.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content of " + path);
    }
    Files.createDirectories(folder.resolve("empty"));
  }

  @Test
  void isWhatTheShellSays() throws IOException, InterruptedException {
    assertThat(ModelDigest.of(folder))
        .isEqualTo("sha256:" + shell("%s | sha256sum | cut -c -64".formatted(LINES)));
  }

  @Test
  void isTheSameOfAListOfFiles() throws IOException, InterruptedException {
    Map<String, String> files = new HashMap<>();
    shell(LINES).lines().forEach(line -> files.put(line.substring(66), line.substring(0, 64)));
    assertThat(files).hasSameSizeAs(PATHS);
    assertThat(ModelDigest.of(files)).isEqualTo(ModelDigest.of(folder));
  }

  @Test
  void leavesOutWhatMlflowAddsToAFetchedModel() throws IOException {
    String before = ModelDigest.of(folder);
    Files.writeString(folder.resolve("registered_model_meta"), "model_version: '1'\n");
    assertThat(ModelDigest.of(folder)).isEqualTo(before);
    Files.writeString(folder.resolve("data/registered_model_meta"), "");
    assertThat(ModelDigest.of(folder)).isNotEqualTo(before);
  }

  private static final String LINES =
      "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum";

  private String shell(String command) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder("sh", "-c", command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(shell.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(shell.waitFor()).isZero();
    return output;
  }
}
