package nomadml.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;

/** {@link Progress} as one line of JSON whose first field is {@code nomad_ml}. */
public final class ProgressLine {
  /** The first field of each JSON line of ours. */
  public static final String KEY = "nomad_ml";

  private static final String START = "{\"" + KEY + "\":";
  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
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

  /**
   * One line for log stores too, which find it by its time, its level and the facts of whose it is.
   */
  public static String write(Progress progress, Map<String, String> whose) {
    String level =
        switch (progress.kind()) {
          case WARNING -> "WARN";
          case FAILED -> "ERROR";
          default -> "INFO";
        };
    ObjectNode line = Json.MAPPER.valueToTree(progress);
    line.put("time", iso(Instant.ofEpochMilli(progress.timestamp()))).put("level", level);
    whose.forEach(line::put);
    return line.toString();
  }

  /** UTC with milliseconds, as every line of our processes has it. */
  public static String iso(Instant time) {
    return ISO.format(time);
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
