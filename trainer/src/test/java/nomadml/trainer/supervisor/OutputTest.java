package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.log.LogFormat;
import nomadml.spec.log.LogLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
  private static final String WARNING =
      "{\"nomad_ml\":\"warning\",\"timestamp\":5,\"message\":\"w\","
          + "\"time\":\"1970-01-01T00:00:00.005Z\",\"level\":\"WARN\"}\n";

  @TempDir private Path home;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream error = new ByteArrayOutputStream();
  private RunFolder folder;
  private Output output;

  @BeforeEach
  void begin() throws IOException {
    folder = RunFolder.open(home);
    output = output(out);
  }

  @AfterEach
  void end() throws IOException {
    folder.close();
  }

  @Test
  void waitsForTheEndOfALine() {
    pass("half");
    output.warning("w");
    pass(" a line\nand more");
    assertThat(printed()).isEqualTo("half a line\n" + WARNING + "and more");
  }

  @Test
  void endsALineThatHasNoEnd() {
    pass("no end");
    output.warning("w");
    output.endLine();
    assertThat(printed()).isEqualTo("no end\n" + WARNING);
  }

  @Test
  void keepsALogOfEverything() throws IOException {
    pass("out\n");
    output.passError("error\n".getBytes(StandardCharsets.UTF_8), 6);
    assertThat(output.closeLog()).containsExactly(home.resolve("log/log.txt"));
    assertThat(home.resolve("log/log.txt")).hasContent("out\nerror\n");
  }

  @Test
  void itsLogLinesWaitForTheEndOfALineOnStderr() {
    passError("half");
    output.info("i");
    passError(" a line\nand more");
    output.endLine();
    assertThat(error.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo("half a line"),
            ours -> assertThat(LogLine.read(ours).orElseThrow().message()).isEqualTo("i"),
            last -> assertThat(last).isEqualTo("and more"));
  }

  @Test
  void theLogHasWholeLinesOfBothStreams() {
    pass("out ");
    passError("error ");
    pass("first\nout");
    passError("first\n");
    assertThat(output.closeLog()).containsExactly(home.resolve("log/log.txt"));
    assertThat(home.resolve("log/log.txt")).hasContent("out first\nerror first\nout");
  }

  @Test
  void writersOfBothStreamsNeverBreakALine() throws InterruptedException {
    String theirs = "y".repeat(20_000);
    Runnable worker =
        () -> {
          for (int i = 0; i < 200; i++) {
            for (int from = 0; from < theirs.length(); from += 8000) {
              passError(theirs.substring(from, Math.min(theirs.length(), from + 8000)));
            }
            passError("\n");
          }
        };
    Thread reader = new Thread(worker);
    reader.start();
    for (int i = 0; i < 200; i++) {
      output.info("i");
      output.warning("w");
    }
    reader.join();
    output.closeLog();
    assertThat(error.toString(StandardCharsets.UTF_8).lines())
        .hasSize(400)
        .allMatch(line -> line.equals(theirs) || LogLine.read(line).isPresent());
    assertThat(home.resolve("log/log.txt"))
        .content()
        .satisfies(
            log ->
                assertThat(log.lines())
                    .hasSize(600)
                    .allMatch(line -> line.equals(theirs) || line.startsWith("{\"nomad_ml\":")));
  }

  @Test
  void everyLineSaysWhoseItIs() {
    output.tellOfAttempt(2);
    output.tellOfRun(() -> Optional.of("abc"));
    output.warning("w");
    output.info("i");
    assertThat(printed()).contains("\"attempt\":\"2\",\"run_id\":\"abc\"}");
    assertThat(LogLine.read(error.toString(StandardCharsets.UTF_8).strip()).orElseThrow().facts())
        .containsExactlyInAnyOrderEntriesOf(Map.of("attempt", "2", "run_id", "abc"));
    assertThat(output.environment())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("NOMAD_ML_LOG", "json", "NOMAD_ML_RUN_ID", "abc", "NOMAD_ML_ATTEMPT", "2"));
  }

  @Test
  void logsTextWhenItIsAskedTo() throws IOException {
    output(out, LogFormat.TEXT).info("i");
    assertThat(error.toString(StandardCharsets.UTF_8)).matches("\\d\\d:\\d\\d:\\d\\d INFO i\n");
  }

  @Test
  void keepsTheLogOfAnEarlierAttemptApart() throws IOException {
    pass("of the first\n");
    began(1);
    output(out).passError("of the second\n".getBytes(StandardCharsets.UTF_8), 14);
    began(2);
    Output third = output(out);
    third.passError("of the third\n".getBytes(StandardCharsets.UTF_8), 13);
    assertThat(third.earlierLogs())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("attempt-001.txt", "attempt-002.txt");
    assertThat(third.earlierLogs().get(1)).hasContent("of the second\n");
    Output cut = output(out);
    assertThat(cut.earlierLogs().get(1)).hasContent("of the second\nof the third\n");
    assertThat(cut.logFiles()).isEmpty();
  }

  private void began(int attempt) throws IOException {
    Files.writeString(
        home.resolve("attempts"),
        "{\"attempt\":%d,\"failures\":0,\"trained_millis\":0,\"allocation\":\"a\",\"running\":true,\"superseded\":false}"
            .formatted(attempt));
  }

  @Test
  void boundsItsLog() throws IOException {
    byte[] line = ("x".repeat(1023) + "\n").getBytes(StandardCharsets.UTF_8);
    for (int kilobyte = 0; kilobyte < 20 << 10; kilobyte++) {
      output.passError(line, line.length);
    }
    assertThat(output.closeLog()).hasSize(2).allMatch(file -> file.toFile().length() <= 8 << 20);
  }

  @Test
  void goesOnWhenNobodyReads() throws IOException {
    Output deaf =
        output(
            new OutputStream() {
              @Override
              public void write(int oneByte) throws IOException {
                throw new IOException("broken pipe");
              }
            });
    deaf.warning("w");
    assertThat(Files.readString(deaf.closeLog().get(0))).isEqualTo(WARNING);
  }

  private Output output(OutputStream stream) throws IOException {
    return output(stream, LogFormat.JSON);
  }

  private Output output(OutputStream stream, LogFormat format) throws IOException {
    return new Output(
        stream, error, folder, Clock.fixed(Instant.ofEpochMilli(5), ZoneOffset.UTC), format);
  }

  private void pass(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.pass(bytes, bytes.length);
  }

  private void passError(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.passError(bytes, bytes.length);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
