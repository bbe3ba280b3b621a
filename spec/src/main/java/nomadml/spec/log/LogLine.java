package nomadml.spec.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.Json;
import nomadml.spec.ProgressLine;
import org.jspecify.annotations.Nullable;

/**
 * What one of our own processes logs. As JSON it is one line whose first field is {@code nomad_ml},
 * so that other output is not taken for it.
 *
 * @param logger the part of the program
 * @param message may have several lines
 * @param facts whose line it is: {@code job}, {@code run_id}, {@code attempt}, {@code allocation};
 *     and a {@code hint}, what to type next
 * @param exception its stack trace
 */
public record LogLine(
    Instant time,
    Level level,
    String logger,
    String message,
    Map<String, String> facts,
    @Nullable String exception) {
  /** What to type next, as a fact. */
  public static final String HINT = "hint";

  /** Whoever reads lines cuts longer ones at 64 KiB, and half a line is no JSON. */
  static final int LONGEST = 60 << 10;

  private static final String START = "{\"" + ProgressLine.KEY + "\":\"log\",";
  private static final String CUT = " … (cut)";
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  /** How much a line matters. */
  public enum Level {
    DEBUG(""),
    INFO(""),
    WARN("\u001b[33m"),
    ERROR("\u001b[31m");

    private final String colour;

    Level(String colour) {
      this.colour = colour;
    }
  }

  /** All of a failure and its causes. */
  public static String trace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    return trace.toString().strip();
  }

  /** One line without its end, of at most {@value #LONGEST} bytes. */
  public String json() {
    String line = json(message, exception);
    for (int longest = LONGEST / 2; bytes(line) > LONGEST && longest > 0; longest /= 2) {
      line = json(cut(message, longest), exception == null ? null : cut(exception, longest));
    }
    return line;
  }

  private String json(String words, @Nullable String trace) {
    ObjectNode line = Json.MAPPER.createObjectNode();
    line.put(ProgressLine.KEY, "log")
        .put("time", ProgressLine.iso(time))
        .put("level", level.name());
    line.put("logger", logger).put("message", words);
    facts.forEach(line::put);
    if (trace != null) {
      line.put("exception", trace);
    }
    return line.toString();
  }

  private static int bytes(String line) {
    return line.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String cut(String words, int longest) {
    if (words.length() <= longest) {
      return words;
    }
    boolean halves = Character.isHighSurrogate(words.charAt(longest - 1));
    return words.substring(0, halves ? longest - 1 : longest) + CUT;
  }

  /** {@code 12:00:01 WARN message} for a person, with a hint and a stack trace below it. */
  public String text(ZoneId zone, boolean colours) {
    StringBuilder text = new StringBuilder();
    text.append(CLOCK.format(time.atZone(zone))).append(' ');
    if (colours && !level.colour.isEmpty()) {
      text.append(level.colour).append(level).append("\u001b[0m");
    } else {
      text.append(level);
    }
    text.append(' ').append(message);
    if (facts.containsKey(HINT)) {
      text.append("\n  hint: ").append(facts.get(HINT));
    }
    return exception == null ? text.toString() : text.append('\n').append(exception).toString();
  }

  /** What a line says; empty when it is other output. */
  public static Optional<LogLine> read(String line) {
    if (!line.startsWith(START)) {
      return Optional.empty();
    }
    try {
      return Optional.of(of(Json.MAPPER.readTree(line)));
    } catch (JsonProcessingException | DateTimeParseException | IllegalArgumentException e) {
      return Optional.empty(); // A torn line of a killed process is output like any other.
    }
  }

  private static LogLine of(JsonNode line) {
    Map<String, String> facts = new LinkedHashMap<>();
    line.properties().forEach(field -> facts.put(field.getKey(), field.getValue().asText()));
    facts.remove(ProgressLine.KEY);
    return new LogLine(
        Instant.parse(taken(facts, "time")),
        Level.valueOf(taken(facts, "level").toUpperCase(Locale.ROOT)),
        taken(facts, "logger"),
        taken(facts, "message"),
        facts,
        facts.remove("exception"));
  }

  private static String taken(Map<String, String> facts, String field) {
    String value = facts.remove(field);
    return value == null ? "" : value;
  }
}
