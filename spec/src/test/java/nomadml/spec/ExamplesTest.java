package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExamplesTest {
  private static final Path EXAMPLES = Path.of("../examples");

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void reads(Path example) throws Exception {
    JobFile job = JobFileReader.read(Files.readString(example), example.toString(), List.of());
    assertThat(Json.MAPPER.readValue(Json.MAPPER.writeValueAsString(job), JobFile.class))
        .isEqualTo(job);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void tellsEditorsTheSchema(Path example) throws IOException {
    String first = Files.readAllLines(example).get(0);
    assertThat(first).startsWith("# yaml-language-server: $schema=");
    assertThat(EXAMPLES.resolve(first.substring(first.indexOf('=') + 1))).isRegularFile();
  }
}
