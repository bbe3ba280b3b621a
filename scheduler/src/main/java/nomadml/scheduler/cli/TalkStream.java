package nomadml.scheduler.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.function.Consumer;
import nomadml.spec.log.LogLine;

/** Makes each line of what commands say a line of the log. */
final class TalkStream extends OutputStream {
  static final String LOGGER = "submit-job";

  private final Consumer<LogLine> log;
  private final Clock clock;
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

  TalkStream(Consumer<LogLine> log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  @Override
  public synchronized void write(int oneByte) {
    if (oneByte != '\n') {
      begun.write(oneByte);
      return;
    }
    String message = begun.toString(StandardCharsets.UTF_8);
    begun.reset();
    if (!message.isBlank()) {
      log.accept(
          new LogLine(
              clock.instant(),
              LogLine.Level.INFO,
              LOGGER,
              message.stripTrailing(),
              Map.of(),
              null));
    }
  }
}
