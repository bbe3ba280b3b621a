package nomadml.scheduler.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.time.Instant;
import java.util.function.Supplier;
import nomadml.spec.Json;
import picocli.CommandLine.Option;

/** The {@code -o} option: text for people, JSON for programs. */
final class Output {
  /** How results are written. */
  enum Format {
    text,
    json
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text (default) or json")
  private Format format = Format.text;

  boolean isJson() {
    return format == Format.json;
  }

  /** Writes a result to stdout in the chosen form. */
  void print(Console console, Object value, Supplier<String> text) {
    console.out().print(isJson() ? json(value) + "\n" : text.get());
    console.out().flush();
  }

  static String json(Object value) {
    return write(mapper().enable(SerializationFeature.INDENT_OUTPUT), value);
  }

  /** Without line breaks inside: one of several results. */
  static String jsonLine(Object value) {
    return write(mapper(), value);
  }

  private static ObjectMapper mapper() {
    SimpleModule times = new SimpleModule();
    times.addSerializer(Instant.class, ToStringSerializer.instance);
    return Json.MAPPER.copy().registerModule(times);
  }

  private static String write(ObjectMapper mapper, Object value) {
    try {
      return mapper.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
