package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Keeps what is made from the records current. {@code mvn test -pl spec -Dtest=GeneratedFilesTest
 * -Dupdate} writes it anew.
 */
class GeneratedFilesTest {
  private static final Path SCHEMA =
      Path.of("src/main/resources/nomadml/spec/job-file.schema.json");
  private static final Path REFERENCE = Path.of("../docs/job-file.md");

  @Test
  void schemaIsWhatTheRecordsSay() throws IOException {
    isCurrent(SCHEMA, JobFileSchema.make().toPrettyString() + "\n");
  }

  @Test
  void referenceIsWhatTheRecordsSay() throws IOException {
    String page = Files.readString(REFERENCE);
    assertThat(JobFileReference.tables(page)).containsExactlyElementsOf(JobFileReference.blocks());
    isCurrent(REFERENCE, JobFileReference.update(page));
  }

  private static void isCurrent(Path file, String expected) throws IOException {
    if (System.getProperty("update") != null) {
      Files.writeString(file, expected);
    }
    assertThat(file)
        .as("run: mvn test -pl spec -Dtest=GeneratedFilesTest -Dupdate")
        .content()
        .isEqualTo(expected);
  }
}
