package nomadml.trainer.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import nomadml.spec.FailureCause;
import nomadml.spec.Location;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3SourceTest {
  @TempDir private Path target;
  private final S3Twin server = new S3Twin();

  @BeforeEach
  void begin() {
    store("sets/a.csv", "1,2,3");
    store("sets/digits/", "");
    store("sets/digits/one/1.png", "one");
    store("sets/digits/two/2.png", "two");
    store("sets/digits-too/x.png", "x");
  }

  @AfterEach
  void end() {
    server.close();
  }

  @Test
  void fetchesOneObject() throws IOException {
    Files.writeString(target.resolve("content.part"), "what a crash left");
    source("sets/a.csv", false).fetch(target);
    assertThat(target.resolve("content")).hasContent("1,2,3");
    assertThat(target.resolve("content.part")).doesNotExist();
  }

  @Test
  void fetchesAllBelowAPrefixAndNothingBesideIt() throws IOException {
    source("sets/digits", true).fetch(target);
    assertThat(target.resolve("one/1.png")).hasContent("one");
    assertThat(target.resolve("two/2.png")).hasContent("two");
    assertThat(target).isDirectoryNotContaining("glob:**x.png");
  }

  @Test
  void missesWhatIsNotThere() {
    assertThatThrownBy(() -> source("sets/b.csv", false).fetch(target))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("s3://bucket/sets/b.csv");
    assertThatThrownBy(() -> source("nothing/", true).fetch(target))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nothing below s3://bucket/nothing/");
  }

  @Test
  void refusesKeysThatLeaveTheFolder() {
    store("sets/digits/../../etc/passwd", "root");
    refused("sets/digits", "leaves its folder");
    assertThat(target.resolveSibling("etc")).doesNotExist();
  }

  @Test
  void doesNotTryAgainWhatIsDenied() {
    server.refuse("AccessDenied");
    refused("sets/digits", "listing s3://bucket/sets/digits/ failed with 403 AccessDenied");
  }

  private void refused(String key, String message) {
    assertThatThrownBy(() -> source(key, true).fetch(target))
        .isInstanceOfSatisfying(
            TrainingFailure.class,
            failure -> {
              assertThat(failure.failureCause()).isEqualTo(FailureCause.DATA_MISSING);
              assertThat(failure)
                  .hasMessageContaining(message)
                  .hasMessageNotContaining("topsecret");
              assertThat(failure.hint()).isNotBlank();
            });
  }

  private S3Source source(String key, boolean folder) {
    return new S3Source(new Location.Bucket("bucket", key), folder, server.environment());
  }

  private void store(String key, String text) {
    server.objects().put(key, text.getBytes(StandardCharsets.UTF_8));
  }
}
