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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
  private static final String WARNING =
      "{\"nomad_ml\":\"warning\",\"timestamp\":5,\"message\":\"w\"}\n";

  @TempDir private Path home;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
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
    return new Output(stream, stream, folder, Clock.fixed(Instant.ofEpochMilli(5), ZoneOffset.UTC));
  }

  private void pass(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.pass(bytes, bytes.length);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
