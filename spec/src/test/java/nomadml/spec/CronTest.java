package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Expressions in {@code cron.txt}: {@code +} Nomad takes, {@code -} it refuses, {@code !} it takes
 * and never starts anything by, or by another part of it. {@code SchedulesIT} asks Nomad the same.
 */
class CronTest {
  private static final Path CASES = Path.of("src/test/resources/nomadml/spec/cron.txt");

  static Stream<String> cases() throws IOException {
    return Files.readAllLines(CASES).stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void takesWhatNomadTakesAndUses(String line) {
    assertThat(Cron.fault(line.substring(2)).isEmpty()).isEqualTo(line.startsWith("+"));
  }
}
