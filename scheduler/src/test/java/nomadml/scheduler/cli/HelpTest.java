package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class HelpTest {
  private final Screen screen = new Screen();

  @Test
  void theCommandItselfTellsItsCommands() {
    assertThat(screen.type("--help")).isZero();
    assertThat(screen.out).contains("Usage: submit-job", "Exit codes:", "plan", "completion");
    assertThat(screen.err).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandAnswers(String command) {
    for (String option : new String[] {"--help", "-h"}) {
      assertThat(screen.type(command, option)).as(command + " " + option).isZero();
      assertThat(screen.out).contains("Usage: submit-job " + command, "Exit codes:");
      assertThat(screen.err).isEmpty();
    }
  }

  /** What a command says of itself is its own, not the submission's. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandDescribesItself(String command) {
    screen.type(command, "--help");
    assertThat(screen.out).doesNotContain("Trains what a job file says");
  }

  static Stream<String> commands() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Console console = new Console(nowhere, nowhere, false, false, 100);
    return Main.commandLine(console, choices -> new Screen()).getSubcommands().keySet().stream();
  }
}
