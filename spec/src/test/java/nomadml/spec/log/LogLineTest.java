package nomadml.spec.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import nomadml.spec.Json;
import nomadml.spec.ProgressLine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogLineTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:01.020Z");

  @Test
  void isOneObjectWithTimeLevelLoggerMessageAndWhoseItIs() {
    assertThat(line("two\nlines", Map.of("run_id", "abc"), null).json())
        .isEqualTo(
            "{\"nomad_ml\":\"log\",\"time\":\"2026-03-01T12:00:01.020Z\",\"level\":\"WARN\","
                + "\"logger\":\"supervisor\",\"message\":\"two\\nlines\",\"run_id\":\"abc\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "zwei\nZeilen", "größer 漢字 🚀", "\"quoted\" \\ \t \u0001", ""})
  void readsWhatItWrote(String message) {
    LogLine line = line(message, Map.of("job", "digits-1"), "java.lang.X: y\n\tat z");
    assertThat(line.json()).doesNotContain("\n");
    assertThat(LogLine.read(line.json())).contains(line);
  }

  @Test
  void hasAFailureWithItsCauseInOneField() throws Exception {
    Exception failure = new IllegalStateException("outer", new RuntimeException("inner"));
    String json = line("it failed", Map.of(), LogLine.trace(failure)).json();
    assertThat(json).doesNotContain("\n");
    assertThat(Json.MAPPER.readTree(json).path("exception").asText())
        .startsWith("java.lang.IllegalStateException: outer")
        .contains("\n\tat ", "Caused by: java.lang.RuntimeException: inner");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ü", "🚀", "\u0001"})
  void isNeverLongerThanReadersTakeWhole(String letter) {
    LogLine huge = line(letter.repeat(200_000), Map.of("job", "a"), letter.repeat(200_000));
    String json = huge.json();
    assertThat(json.getBytes(StandardCharsets.UTF_8).length).isBetween(5_000, 60 << 10);
    LogLine read = LogLine.read(json).orElseThrow();
    assertThat(read.message()).startsWith(letter).endsWith(" … (cut)").doesNotContain("?");
    assertThat(read.exception()).startsWith(letter).endsWith(" … (cut)");
    assertThat(read.facts()).containsEntry("job", "a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "",
        "{\"time\":\"2026-03-01T12:00:01Z\",\"level\":\"INFO\",\"logger\":\"a\",\"message\":\"theirs\"}",
        "{\"message\":\"theirs\",\"nomad_ml\":\"log\"}",
        "{\"nomad_ml\":\"log\",\"time\":\"2026-03-01T12:0",
        "{\"nomad_ml\":\"log\",\"time\":\"noon\",\"level\":\"INFO\"}",
        "{\"nomad_ml\":\"log\",\"time\":\"2026-03-01T12:00:01Z\",\"level\":\"LOUD\"}",
        "{\"nomad_ml\":\"epoch\",\"timestamp\":1,\"epoch\":2}"
      })
  void takesNothingElseForOurs(String line) {
    assertThat(LogLine.read(line)).isEmpty();
  }

  @Test
  void isNoProgress() {
    assertThat(ProgressLine.read(line("m", Map.of(), null).json())).isEmpty();
  }

  @Test
  void tellsAPersonTheTimeTheLevelAndTheMessage() {
    LogLine line = line("the disk\nis full", Map.of("job", "a", "hint", "free it"), "X: y\n\tat z");
    assertThat(line.text(ZoneOffset.ofHours(1), false))
        .isEqualTo("13:00:01 WARN the disk\nis full\n  hint: free it\nX: y\n\tat z");
    assertThat(line.text(ZoneOffset.UTC, true)).startsWith("12:00:01 \u001b[33mWARN\u001b[0m the");
  }

  private static LogLine line(
      String message, Map<String, String> facts, @Nullable String exception) {
    return new LogLine(NOON, LogLine.Level.WARN, "supervisor", message, facts, exception);
  }
}
