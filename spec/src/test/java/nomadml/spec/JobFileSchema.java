package nomadml.spec;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;

/** The job file's JSON Schema, made from its records: what editors complete and check. */
final class JobFileSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private JobFileSchema() {}

  static ObjectNode make() {
    ObjectNode schema = JSON.objectNode();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", "nomad-ml job file");
    schema.setAll(block(JobFile.class));
    ArrayNode either = schema.putArray("oneOf");
    either.addObject().putArray("required").add("train");
    either.addObject().putArray("required").add("command");
    return schema;
  }

  private static ObjectNode block(Class<?> record) {
    ObjectNode block = JSON.objectNode().put("type", "object");
    ObjectNode properties = block.putObject("properties");
    ArrayNode required = JSON.arrayNode();
    for (RecordField field : RecordField.of(record)) {
      properties.set(field.name(), field(field));
      if (field.required()) {
        required.add(field.name());
      }
    }
    if (!required.isEmpty()) {
      block.set("required", required);
    }
    return block.put("additionalProperties", false);
  }

  private static ObjectNode field(RecordField field) {
    ObjectNode schema = JSON.objectNode();
    schema.put("description", field.says().value());
    switch (field.kind()) {
      case ONE -> schema.setAll(value(field));
      case LIST -> schema.put("type", "array").set("items", value(field));
      case MAP -> schema.put("type", "object").set("additionalProperties", value(field));
    }
    String fallback = field.says().fallback();
    if (!fallback.isEmpty()) {
      Yaml value = new YamlParser(new Problems(), field.name(), false).parse(fallback);
      schema.set("default", Objects.requireNonNull(value).toJson());
    }
    return schema;
  }

  private static ObjectNode value(RecordField field) {
    Class<?> type = field.type();
    ObjectNode schema = JSON.objectNode();
    if (!field.words().isEmpty()) {
      field.words().forEach(schema.putArray("enum")::add);
    } else if (type == ByteSize.class) {
      types(schema, "string", "integer").put("pattern", "^" + ByteSize.FORM.pattern() + "$");
    } else if (type == TimeSpan.class) {
      schema.put("type", "string").put("pattern", "^" + TimeSpan.FORM.pattern() + "$");
    } else if (type.isRecord() && !field.says().alone().isEmpty()) {
      ArrayNode either = schema.putArray("anyOf");
      RecordField.of(type).stream()
          .filter(inner -> inner.name().equals(field.says().alone()))
          .forEach(inner -> either.add(value(inner)));
      either.add(block(type));
    } else if (type.isRecord()) {
      schema.setAll(block(type));
    } else if (type == ObjectNode.class) {
      schema.put("type", "object");
    } else if (type == boolean.class) {
      schema.put("type", "boolean");
    } else if (type == String.class) {
      text(schema, field);
    } else {
      schema.put("type", type == double.class ? "number" : "integer");
      range(schema, field.says());
    }
    return schema;
  }

  /** The reader takes any single value as text where no pattern says otherwise. */
  private static void text(ObjectNode schema, RecordField field) {
    String pattern = field.says().pattern();
    if (pattern.isEmpty()) {
      types(schema, "string", "number", "boolean");
    } else {
      schema.put("type", "string").put("pattern", "^(" + pattern + ")$");
    }
  }

  private static ObjectNode types(ObjectNode schema, String... types) {
    List.of(types).forEach(schema.putArray("type")::add);
    return schema;
  }

  private static void range(ObjectNode schema, Field says) {
    limit(schema, "minimum", says.atLeast());
    limit(schema, "maximum", says.atMost());
    limit(schema, "exclusiveMinimum", says.above());
    limit(schema, "exclusiveMaximum", says.below());
  }

  private static void limit(ObjectNode schema, String keyword, double limit) {
    if (Double.isFinite(limit)) {
      schema.put(keyword, (long) limit);
    }
  }
}
