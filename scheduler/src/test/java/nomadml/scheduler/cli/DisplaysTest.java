package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.follow.Display;
import nomadml.scheduler.follow.Outcome;
import nomadml.spec.ExitCode;
import nomadml.spec.FailureCause;
import nomadml.spec.Json;
import nomadml.spec.ProgressLine;
import nomadml.spec.log.LogLine;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class DisplaysTest {
  private static final String STARTED =
      "{\"nomad_ml\":\"started\",\"timestamp\":1,\"epochs\":2,\"facts\":{\"device\":\"cpu\"}}";
  private static final String EPOCH =
      "{\"nomad_ml\":\"epoch\",\"timestamp\":1,\"epoch\":1,\"epochs\":2}";
  private static final String THEIRS =
      "{\"time\":\"2026-03-01T12:00:01Z\",\"level\":\"INFO\",\"message\":\"theirs\"}";
  private static final Links LINKS = new Links(URI.create("http://nomad.test/job"), null, null);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void theBarOfATerminalIsErasedForEveryLineAndDrawnAgainBelow() {
    Display display = Displays.of(console(true), output());
    progress(display, STARTED);
    progress(display, EPOCH);
    display.output("hello");
    display.state("restarts");
    display.end();

    String bar = "epoch 1/2 [===============               ]  50%";
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "trains on cpu\nepoch 0/2 ["
                + " ".repeat(30)
                + "]   0%\r\u001b[K"
                + bar
                + "\r\u001b[Khello\n"
                + bar
                + "\r\u001b[K"
                + bar
                + "\n");
    assertThat(err).hasToString("restarts\n");
  }

  @Test
  void offATerminalThereAreOnlyLines() {
    Display display = Displays.of(console(false), output());
    progress(display, STARTED);
    progress(display, EPOCH);
    display.output("hello");
    display.state("restarts");
    display.end();

    assertThat(out).hasToString("trains on cpu\nepoch 1/2\nhello\n");
    assertThat(err).hasToString("restarts\n");
  }

  @Test
  void plainLinesTellOfStepsTwiceAMinuteAtMost() {
    Display display = Displays.of(console(false), output());
    for (int second = 100; second < 160; second++) {
      progress(
          display,
          "{\"nomad_ml\":\"step\",\"timestamp\":" + second * 1000 + ",\"step\":" + second + "}");
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("step 100", "step 130");
  }

  @Test
  void jsonIsProgressAsItIsAndNothingElse() {
    Display display = Displays.of(console(true), output("-o", "json"));
    progress(display, EPOCH);
    display.output("hello");
    display.state("restarts");

    assertThat(out).hasToString(EPOCH + "\n");
    assertThat(err).hasToString("hello\nrestarts\n");
  }

  @Test
  void whatOurProgramsLogIsShownInWordsAndTheUsersOwnLinesAsTheyAre() {
    Display display = Displays.of(console(false), output());
    for (String line :
        List.of(log(LogLine.Level.INFO, "zwei\nZeilen ü"), log(LogLine.Level.ERROR, "e"), THEIRS)) {
      display.output(line);
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("00:00:01 INFO zwei\nZeilen ü\n00:00:01 ERROR e\n" + THEIRS + "\n");
  }

  @Test
  void whoFollowsIsToldOfWarningsAndErrorsOnly() {
    for (boolean terminal : new boolean[] {false, true}) {
      err.reset();
      Display display = Displays.of(console(terminal), output());
      display.errorOutput(log(LogLine.Level.INFO, "i"));
      display.errorOutput(log(LogLine.Level.WARN, "w"));
      display.errorOutput(THEIRS);
      assertThat(err).hasToString("00:00:01 WARN w\n" + THEIRS + "\n");
    }
  }

  @Test
  void aLevelHasAColourOnATerminalThatHasColours() {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true);
    String line = log(LogLine.Level.ERROR, "e");
    assertThat(new Console(nowhere, nowhere, true, true, 80).inWords(line))
        .isEqualTo("00:00:01 \u001b[31mERROR\u001b[0m e");
  }

  @Test
  void jsonAndRawAreLogLinesAsTheyAre() {
    String line = log(LogLine.Level.INFO, "i");
    Displays.of(console(true), output("-o", "json")).output(line);
    new RawDisplay(console(true)).output(line);
    assertThat(err).hasToString(line + "\n");
    assertThat(out).hasToString(line + "\n");
  }

  private static String log(LogLine.Level level, String message) {
    Instant time = LocalDate.EPOCH.atTime(0, 0, 1).atZone(ZoneId.systemDefault()).toInstant();
    return new LogLine(time, level, "supervisor", message, Map.of("run_id", "abc"), null).json();
  }

  @Test
  void aFailureIsToldWithCauseHintAndLinks() {
    Outcome outcome = failed();
    new OutcomePrinter(console(false), output()).print("digits-1", outcome, LINKS);

    assertThat(out.size()).isZero();
    assertThat(err)
        .hasToString(
            """
            error: digits-1 ended: nan_loss: the loss is NaN
              hint: lower the learning rate
              job        http://nomad.test/job
            """);
  }

  @Test
  void anOutcomeIsOneLineOfJson() throws IOException {
    new OutcomePrinter(console(false), output("-o", "json")).print("digits-1", failed(), LINKS);

    String line = out.toString(StandardCharsets.UTF_8);
    assertThat(line.lines()).hasSize(1);
    JsonNode json = Json.MAPPER.readTree(line);
    assertThat(json.path("exit_code").asInt()).isEqualTo(4);
    assertThat(json.path("cause").asText()).isEqualTo("nan_loss");
    assertThat(json.at("/links/job").asText()).isEqualTo("http://nomad.test/job");
    assertThat(json.at("/facts/exit_code").asText()).isEqualTo("3");
  }

  private static Outcome failed() {
    return new Outcome(
        ExitCode.TRAINING_FAILED,
        FailureCause.NAN_LOSS,
        "the loss is NaN",
        "lower the learning rate",
        Map.of(),
        Map.of("exit_code", "3"));
  }

  private static void progress(Display display, String line) {
    display.progress(ProgressLine.read(line).orElseThrow(), line);
  }

  private static Output output(String... arguments) {
    return CommandLine.populateCommand(new Output(), arguments);
  }

  private Console console(boolean terminal) {
    return new Console(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        terminal,
        false,
        80);
  }
}
