package nomadml.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.util.Optional;

/** {@link Progress} as one line of JSON whose first field is {@code nomad_ml}. */
public final class ProgressLine {
  static final String KEY = "nomad_ml";
  private static final String START = "{\"" + KEY + "\":";
  private static final ObjectWriter WRITER = Json.MAPPER.writerFor(Progress.class);
  private static final ObjectReader READER = Json.MAPPER.readerFor(Progress.class);

  private ProgressLine() {}

  /** One line without its end. */
  public static String write(Progress progress) {
    try {
      return WRITER.writeValueAsString(progress);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of numbers and words is JSON", e);
    }
  }

  /** What a line tells; empty when it is other output. */
  public static Optional<Progress> read(String line) {
    if (!line.startsWith(START)) {
      return Optional.empty();
    }
    try {
      return Optional.of(READER.readValue(line));
    } catch (JsonProcessingException e) {
      return Optional.empty(); // A torn line of a killed process is output like any other.
    }
  }
}
