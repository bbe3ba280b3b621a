package nomadml.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** {@link Progress} as one line of JSON whose first field is {@code nomad_ml}. */
public final class ProgressLine {
  private static final String KEY = "nomad_ml";
  private static final String START = "{\"" + KEY + "\":";

  private ProgressLine() {}

  /** One line without its end. */
  public static String write(Progress progress) {
    ObjectNode fields = Json.MAPPER.valueToTree(progress);
    ObjectNode line = Json.MAPPER.createObjectNode();
    line.set(KEY, fields.remove("kind"));
    line.setAll(fields);
    return line.toString();
  }

  /** What a line tells; empty when it is other output. */
  public static Optional<Progress> read(String line) {
    if (!line.startsWith(START)) {
      return Optional.empty();
    }
    try {
      ObjectNode fields = (ObjectNode) Json.MAPPER.readTree(line);
      fields.set("kind", fields.remove(KEY));
      return Optional.of(Json.MAPPER.treeToValue(fields, Progress.class));
    } catch (JsonProcessingException | ClassCastException e) {
      return Optional.empty(); // A torn line of a killed process is output like any other.
    }
  }
}
