package nomadml.trainer.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import nomadml.spec.FailureCause;
import nomadml.spec.Location;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSourceTest {
  @TempDir private Path folder;
  private final WebTwin server = new WebTwin();

  @BeforeEach
  void begin() {
    server.content = new byte[300_000];
    new Random(1).nextBytes(server.content);
  }

  @AfterEach
  void end() {
    server.close();
  }

  @Test
  void fetchesAFileAndLeavesNothingElse() throws IOException {
    fetch("/data.csv");
    assertThat(folder.resolve("content")).hasBinaryContent(server.content);
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void fetchesAnEmptyFile() throws IOException {
    server.content = new byte[0];
    fetch("/data.csv");
    assertThat(folder.resolve("content")).isEmptyFile();
  }

  @Test
  void goesOnWhereItWasCutOff() throws IOException {
    server.cutAfter = 100_000;
    failsButMayBeTriedAgain("/data.csv");
    assertThat(folder.resolve("content")).doesNotExist();
    fetch("/data.csv");
    assertThat(folder.resolve("content")).hasBinaryContent(server.content);
    assertThat(server.requests().get(1)).startsWith("/data.csv bytes=");
  }

  @Test
  void beginsAnewWhenTheFileIsAnotherByThen() throws IOException {
    server.cutAfter = 100_000;
    failsButMayBeTriedAgain("/data.csv");
    server.content[0]++;
    server.tag = "\"2\"";
    fetch("/data.csv");
    assertThat(folder.resolve("content")).hasBinaryContent(server.content);
  }

  @Test
  void beginsAnewWhenTheServerCantTellVersionsApart() throws IOException {
    server.tag = "";
    server.cutAfter = 100_000;
    failsButMayBeTriedAgain("/data.csv");
    fetch("/data.csv");
    assertThat(folder.resolve("content")).hasBinaryContent(server.content);
    assertThat(server.requests().get(1)).startsWith("/data.csv null");
  }

  @Test
  void waitsForASilentServerOnlySoLong() {
    server.cutAfter = 1000;
    server.hangs = true;
    failsButMayBeTriedAgain("/data.csv");
  }

  @Test
  void followsRedirectsAndTellsThePasswordToOneServerOnly() throws IOException {
    try (WebTwin other = new WebTwin()) {
      other.content = new byte[] {1, 2, 3};
      server.movedTo = other.address() + "/data.csv";
      source("/moved", "Bearer secret").fetch(folder);
      assertThat(folder.resolve("content")).hasBinaryContent(other.content);
      assertThat(server.requests()).containsExactly("/moved null Bearer secret");
      assertThat(other.requests()).containsExactly("/data.csv null null");
    }
  }

  @Test
  void givesUpOnACircleOfRedirects() {
    server.movedTo = "/moved";
    refused("/moved", "redirects more than 10 times");
  }

  @Test
  void followsNoRedirectToAFile() {
    server.movedTo = "file:///etc/passwd";
    refused("/moved", "redirects to file, which is not followed");
  }

  @Test
  void missesWhatIsNotThere() {
    server.status = 404;
    assertThatThrownBy(() -> fetch("/data.csv?token=secret"))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("/data.csv answered 404")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void saysWhatToDoWhenItIsDenied(int status) {
    server.status = status;
    refused("/data.csv?X-Amz-Signature=secret", "/data.csv answered " + status);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 503})
  void mayBeTriedAgainWhenTheServerIsInTrouble(int status) {
    server.status = status;
    failsButMayBeTriedAgain("/data.csv?token=secret");
  }

  @Test
  void mayBeTriedAgainWhenNobodyAnswers() {
    server.close();
    failsButMayBeTriedAgain("/data.csv?token=secret");
  }

  private HttpSource source(String path, String authorization) {
    return new HttpSource(server.at(path), authorization, Duration.ofSeconds(1));
  }

  private void fetch(String path) throws IOException {
    Files.createDirectories(folder);
    new HttpSource((Location.Web) Location.parse(server.address() + path), null).fetch(folder);
  }

  private void failsButMayBeTriedAgain(String path) {
    assertThatThrownBy(
            () -> new HttpSource(server.at(path), null, Duration.ofSeconds(1)).fetch(folder))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(NoSuchFileException.class)
        .hasMessageNotContaining("secret");
  }

  private void refused(String path, String message) {
    assertThatThrownBy(() -> fetch(path))
        .isInstanceOfSatisfying(
            TrainingFailure.class,
            failure -> {
              assertThat(failure.failureCause()).isEqualTo(FailureCause.DATA_MISSING);
              assertThat(failure).hasMessageContaining(message).hasMessageNotContaining("secret");
              assertThat(failure.hint()).isNotBlank();
            });
  }
}
