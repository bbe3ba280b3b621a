package nomadml.spec.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogHandlerTest {
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

  @Test
  void writesWhatALibraryLogsAsALineOfTheRun() {
    Logger library =
        library(
            LogFormat.JSON,
            Map.of(
                "NOMAD_ML_SUBMISSION_ID", "digits-1",
                "NOMAD_ML_RUN_ID", "abc",
                "NOMAD_ML_ATTEMPT", "2",
                "NOMAD_ALLOC_ID", "3d89aa38"));
    library.log(Level.SEVERE, "no answer from {0}", "mlflow");
    LogLine line = lines().get(0);
    assertThat(line.level()).isEqualTo(LogLine.Level.ERROR);
    assertThat(line.logger()).isEqualTo(LogHandlerTest.class.getName());
    assertThat(line.message()).isEqualTo("no answer from mlflow");
    assertThat(line.facts())
        .containsExactly(
            Map.entry("job", "digits-1"),
            Map.entry("run_id", "abc"),
            Map.entry("attempt", "2"),
            Map.entry("allocation", "3d89aa38"));
  }

  @Test
  void writesAnExceptionIntoItsLine() {
    library(LogFormat.JSON, Map.of()).log(Level.WARNING, "tried", new IllegalStateException("why"));
    assertThat(lines()).hasSize(1);
    assertThat(lines().get(0).exception()).startsWith("java.lang.IllegalStateException: why\n\tat");
  }

  @Test
  void writesTextForPeople() {
    library(LogFormat.TEXT, Map.of("NOMAD_ML_RUN_ID", "abc")).info("starts");
    assertThat(stderr.toString(StandardCharsets.UTF_8))
        .matches("\\d\\d:\\d\\d:\\d\\d INFO starts\n");
  }

  @Test
  void threadsDoNotBreakEachOthersLines() throws InterruptedException {
    Logger library = library(LogFormat.JSON, Map.of());
    ExecutorService threads = Executors.newFixedThreadPool(8);
    for (int i = 0; i < 400; i++) {
      threads.execute(() -> library.info("x".repeat(9000)));
    }
    threads.shutdown();
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(lines()).hasSize(400).allMatch(line -> line.message().length() == 9000);
  }

  @Test
  void theEnvironmentDecidesTheFormat() {
    assertThat(LogFormat.of(Map.of(), LogFormat.JSON)).isEqualTo(LogFormat.JSON);
    assertThat(LogFormat.of(Map.of("NOMAD_ML_LOG", ""), LogFormat.TEXT)).isEqualTo(LogFormat.TEXT);
    assertThat(LogFormat.of(Map.of("NOMAD_ML_LOG", "json"), LogFormat.TEXT))
        .isEqualTo(LogFormat.JSON);
    assertThat(LogFormat.of(Map.of("NOMAD_ML_LOG", "text"), LogFormat.JSON))
        .isEqualTo(LogFormat.TEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yaml", "JSON", "json,text", "1"})
  void refusesAFormatItDoesNotKnow(String value) {
    assertThatThrownBy(() -> LogFormat.of(Map.of("NOMAD_ML_LOG", value), LogFormat.JSON))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "NOMAD_ML_LOG is \"%s\", which is no format of a log\nhint: set it to text or json, or unset it",
            value);
  }

  private Logger library(LogFormat format, Map<String, String> environment) {
    Logger logger = Logger.getLogger(LogHandlerTest.class.getName());
    logger.setUseParentHandlers(false);
    for (var old : logger.getHandlers()) {
      logger.removeHandler(old);
    }
    logger.addHandler(new LogHandler(environment, LogHandler.to(stderr, format, ZoneOffset.UTC)));
    return logger;
  }

  private List<LogLine> lines() {
    return stderr
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> LogLine.read(line).orElseThrow())
        .toList();
  }
}
