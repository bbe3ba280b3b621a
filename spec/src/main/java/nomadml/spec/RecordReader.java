package nomadml.spec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@link Yaml} → record, as its {@link Field}s say. After a problem the record has holes: it must
 * not be used then.
 */
final class RecordReader {
  private final Problems problems;
  private final Map<String, @Nullable Object> values = new HashMap<>();
  private final Map<String, Position> positions = new HashMap<>();

  RecordReader(Problems problems) {
    this.problems = problems;
  }

  /** The value of a field with its default; null when it has none or the given one is wrong. */
  @Nullable Object value(String path) {
    return values.get(path);
  }

  /** Where the field was given; null when it was not. */
  @Nullable Position given(String path) {
    return positions.get(path);
  }

  /** The block at this path (empty for the whole file) as a record. */
  <T extends Record> T read(Class<T> type, Yaml.Mapping block, String path) {
    Map<String, RecordField> fields = new LinkedHashMap<>();
    RecordField.of(type).forEach(field -> fields.put(field.name(), field));
    block.entries().forEach((name, value) -> refuseUnknown(fields, name, value, path));

    List<@Nullable Object> arguments = new ArrayList<>();
    for (RecordField field : fields.values()) {
      String inner = Problems.join(path, field.name());
      Yaml written = block.entries().get(field.name());
      if (written instanceof Yaml.Scalar scalar && scalar.isNull()) {
        written = null;
      }
      if (written != null) {
        positions.put(inner, written.position());
      }
      Object value = value(field, written, inner, block.position(), path);
      values.put(inner, value);
      arguments.add(value);
    }
    fields.values().forEach(field -> refuseMisfit(field, path));
    return construct(type, arguments);
  }

  private void refuseUnknown(
      Map<String, RecordField> fields, String name, Yaml value, String path) {
    if (!fields.containsKey(name)) {
      problems.add(
          value.position(),
          "unknown field " + Problems.join(path, name),
          Words.nearest(name, fields.keySet())
              .map(word -> "did you mean " + word + "?")
              .orElse("known here: " + String.join(", ", fields.keySet())));
    }
  }

  private void refuseMisfit(RecordField field, String path) {
    Position position = given(Problems.join(path, field.name()));
    if (field.says().onlyWith().isEmpty() || position == null) {
      return;
    }
    String[] condition = field.says().onlyWith().split("=", 2);
    Object sibling = value(Problems.join(path, condition[0]));
    if (sibling != null
        && Arrays.stream(condition[1].split("\\|")).noneMatch(Words.of(sibling)::equals)) {
      problems.add(
          position,
          Problems.join(path, field.name())
              + " is only for "
              + Words.or(List.of(condition[1].split("\\|")))
              + ", not "
              + Words.of(sibling));
    }
  }

  private @Nullable Object value(
      RecordField field, @Nullable Yaml written, String path, Position block, String parent) {
    if (written != null) {
      return read(field, written, path);
    }
    if (!field.says().fallback().isEmpty()) {
      Yaml fallback = new YamlParser(problems, path, false).parse(field.says().fallback());
      return read(field, Objects.requireNonNull(fallback), path);
    }
    if (!field.says().sameAs().isEmpty()) {
      return value(Problems.join(parent, field.says().sameAs()));
    }
    if (field.required()) {
      problems.add(block, path + " is missing", field.says().value());
      return null;
    }
    if (field.nullable()) {
      return null;
    }
    return field.kind() == RecordField.Kind.LIST
        ? List.of()
        : read(field, Yaml.Mapping.empty(block), path);
  }

  private @Nullable Object read(RecordField field, Yaml written, String path) {
    return switch (field.kind()) {
      case ONE -> one(field, written, path);
      case LIST -> list(field, written, path);
      case MAP -> map(field, written, path);
    };
  }

  private @Nullable Object one(RecordField field, Yaml written, String path) {
    if (field.type().isRecord() && !ValueReader.readsRecord(field.type())) {
      if (written instanceof Yaml.Scalar alone && !field.says().alone().isEmpty()) {
        return one(
            field, new Yaml.Mapping(alone.position(), Map.of(field.says().alone(), alone)), path);
      }
      return written instanceof Yaml.Mapping block
          ? read(field.type().asSubclass(Record.class), block, path)
          : refuse(written, path, "a block of fields");
    }
    if (field.type() == ObjectNode.class) {
      return written instanceof Yaml.Mapping block
          ? block.toJson()
          : refuse(written, path, "a block of fields");
    }
    return written instanceof Yaml.Scalar scalar
        ? new ValueReader(problems, field, path).read(scalar)
        : refuse(written, path, ValueReader.wanted(field));
  }

  private @Nullable Object list(RecordField field, Yaml written, String path) {
    if (!(written instanceof Yaml.Sequence sequence)) {
      return refuse(written, path, "a list such as [a, b]");
    }
    List<Object> items = new ArrayList<>();
    for (Yaml item : sequence.items()) {
      String inner = path + "[" + items.size() + "]";
      Object value = item(field, item, inner);
      if (value != null) {
        items.add(value);
      }
    }
    return List.copyOf(items);
  }

  private @Nullable Object map(RecordField field, Yaml written, String path) {
    if (!(written instanceof Yaml.Mapping mapping)) {
      return refuse(written, path, "a block of NAME: value lines");
    }
    Map<String, Object> entries = new LinkedHashMap<>();
    mapping
        .entries()
        .forEach(
            (name, item) -> {
              String inner = Problems.join(path, name);
              Object value = item(field, item, inner);
              if (value != null) {
                entries.put(name, value);
              }
            });
    return entries;
  }

  private @Nullable Object item(RecordField field, Yaml written, String path) {
    positions.put(path, written.position());
    Object value = one(field, written, path);
    values.put(path, value);
    return value;
  }

  private @Nullable Object refuse(Yaml written, String path, String wanted) {
    problems.add(written.position(), path + " must be " + wanted + ", not " + written.found());
    return null;
  }

  private static <T extends Record> T construct(Class<T> type, List<@Nullable Object> arguments) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < types.length; i++) {
      types[i] = components[i].getType();
      if (types[i].isPrimitive() && arguments.get(i) == null) {
        arguments.set(i, Array.get(Array.newInstance(types[i], 1), 0));
      }
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(arguments.toArray());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't make a " + type.getName(), e);
    }
  }
}
