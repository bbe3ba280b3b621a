package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of bad job file and all it is told, in {@code bad-job-files.txt}: {@code === title},
 * {@code $ override} lines, the file, {@code --->}, the message.
 */
class BadJobFileTest {
  private static final Path CASES = Path.of("src/test/resources/nomadml/spec/bad-job-files.txt");
  private static final String ANSWER = "--->\n";
  private static final Pattern OVERRIDE = Pattern.compile("(?m)^\\$ (.*)\n");

  record Case(String title, List<String> overrides, String file, String message) {
    static Case of(String text) {
      int title = text.indexOf('\n') + 1;
      int answer = text.indexOf(ANSWER);
      String file = text.substring(title, answer);
      return new Case(
          text.substring(0, title).strip(),
          OVERRIDE.matcher(file).results().map(override -> override.group(1)).toList(),
          OVERRIDE.matcher(file).replaceAll(""),
          text.substring(answer + ANSWER.length()).strip());
    }

    @Override
    public String toString() {
      return title;
    }
  }

  static Stream<Case> cases() throws IOException {
    return Stream.of(Files.readString(CASES).split("(?m)^=== ")).skip(1).map(Case::of);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isToldEverythingAtOnce(Case bad) {
    JobFileException refusal =
        catchThrowableOfType(
            JobFileException.class,
            () -> JobFileReader.read(bad.file(), "job.yaml", bad.overrides()));
    assertThat(refusal).isNotNull().hasMessage(bad.message());
  }
}
