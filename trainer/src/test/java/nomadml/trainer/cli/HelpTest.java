package nomadml.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandAnswers(String command) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new Main())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(command, "--help");
    assertThat(exitCode).isZero();
    assertThat(out.toString()).contains("Usage: trainer " + command, "Exit codes: 0");
    assertThat(err.toString()).isEmpty();
  }

  static Stream<String> commands() {
    return new CommandLine(new Main()).getSubcommands().keySet().stream();
  }
}
