package nomadml.trainer.supervisor;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts pieces of a stream into lines. */
final class Lines implements Worker.Sink {
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private final Consumer<String> lines;

  Lines(Consumer<String> lines) {
    this.lines = lines;
  }

  @Override
  public void take(byte[] bytes, int length) {
    int start = 0;
    for (int index = 0; index < length; index++) {
      if (bytes[index] == '\n') {
        begun.write(bytes, start, index - start);
        end();
        start = index + 1;
      }
    }
    begun.write(bytes, start, length - start);
  }

  /** What came after the last line's end is a line too. */
  void end() {
    String line = begun.toString(StandardCharsets.UTF_8);
    begun.reset();
    lines.accept(line);
  }
}
