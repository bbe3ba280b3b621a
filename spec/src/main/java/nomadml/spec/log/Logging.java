package nomadml.spec.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/** The JDK's logging, where SLF4J's ends too, with the levels of the program's own resource. */
public final class Logging extends LogManager {
  @Override
  public void readConfiguration() throws IOException {
    try (InputStream levels = ClassLoader.getSystemResourceAsStream("logging.properties")) {
      readConfiguration(
          levels == null ? new ByteArrayInputStream("".getBytes(StandardCharsets.UTF_8)) : levels);
    }
  }

  /** The JVM does it when it ends, and what shutdown hooks tell would be lost. */
  @Override
  public void reset() {}
}
