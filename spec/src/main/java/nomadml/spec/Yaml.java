package nomadml.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A piece of a YAML document and where it was written: at its key, when it has one. */
sealed interface Yaml {
  Position position();

  /** What was found, for the end of "must be …, not …". */
  String found();

  JsonNode toJson();

  /** Keys in the order of the document. */
  record Mapping(Position position, Map<String, Yaml> entries) implements Yaml {
    static Mapping empty(Position position) {
      return new Mapping(position, Map.of());
    }

    Mapping with(String key, Yaml value) {
      Map<String, Yaml> changed = new LinkedHashMap<>(entries);
      changed.put(key, value);
      return new Mapping(position, changed);
    }

    @Override
    public String found() {
      return "a block of fields";
    }

    @Override
    public ObjectNode toJson() {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      entries.forEach((key, value) -> object.set(key, value.toJson()));
      return object;
    }
  }

  /** A list. */
  record Sequence(Position position, List<Yaml> items) implements Yaml {
    @Override
    public String found() {
      return "a list";
    }

    @Override
    public JsonNode toJson() {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      items.forEach(item -> array.add(item.toJson()));
      return array;
    }
  }

  /**
   * A single value. Its text is kept as written: what it means depends on the field.
   *
   * @param plain written without quotes
   */
  record Scalar(Position position, String text, boolean plain) implements Yaml {
    private static final Pattern WHOLE = Pattern.compile("[-+]?\\d+");
    private static final Pattern NUMBER =
        Pattern.compile("[-+]?(\\.\\d+|\\d+(\\.\\d*)?)([eE][-+]?\\d+)?");

    boolean isNull() {
      return plain && (text.isEmpty() || text.equals("null") || text.equals("~"));
    }

    boolean isBoolean() {
      return plain && (text.equals("true") || text.equals("false"));
    }

    boolean isWhole() {
      return plain && WHOLE.matcher(text).matches();
    }

    /** As in YAML 1.2, where {@code 1e-3} is one. */
    boolean isNumber() {
      return plain && NUMBER.matcher(text).matches();
    }

    @Override
    public String found() {
      if (isNull()) {
        return "empty";
      }
      if (!plain) {
        return "the text '" + text + "'";
      }
      return isNumber() || isBoolean() ? text : "'" + text + "'";
    }

    @Override
    public JsonNode toJson() {
      JsonNodeFactory json = JsonNodeFactory.instance;
      if (isNull()) {
        return json.nullNode();
      }
      if (isBoolean()) {
        return json.booleanNode(text.equals("true"));
      }
      if (isWhole()) {
        return json.numberNode(new BigInteger(text));
      }
      return isNumber() ? json.numberNode(new BigDecimal(text)) : json.textNode(text);
    }
  }
}
