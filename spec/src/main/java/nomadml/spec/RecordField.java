package nomadml.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One field of a block of the job file, as its record declares it.
 *
 * @param name as in the file
 * @param type of the value; of its items for a list or a map
 */
record RecordField(String name, Kind kind, Class<?> type, boolean nullable, Field says) {
  private static final SnakeCaseStrategy NAMES = new SnakeCaseStrategy();

  /** How many values there are. */
  enum Kind {
    ONE,
    LIST,
    MAP
  }

  static List<RecordField> of(Class<?> record) {
    return Arrays.stream(record.getRecordComponents()).map(RecordField::of).toList();
  }

  private static RecordField of(RecordComponent component) {
    Field says = component.getAnnotation(Field.class);
    if (says == null) {
      throw new IllegalStateException(component + " has no @Field");
    }
    Type type = component.getGenericType();
    Kind kind = Kind.ONE;
    if (type instanceof ParameterizedType collection) {
      Type[] of = collection.getActualTypeArguments();
      kind = collection.getRawType() == Map.class ? Kind.MAP : Kind.LIST;
      type = of[of.length - 1];
    }
    return new RecordField(
        name(component),
        kind,
        MethodType.methodType((Class<?>) type).unwrap().returnType(), // Double is null when absent.
        component.getAnnotatedType().isAnnotationPresent(Nullable.class),
        says);
  }

  private static String name(RecordComponent component) {
    JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
    return named == null ? NAMES.translate(component.getName()) : named.value();
  }

  boolean required() {
    return kind == Kind.ONE
        && !nullable
        && says.fallback().isEmpty()
        && says.sameAs().isEmpty()
        && (!type.isRecord() || of(type).stream().anyMatch(RecordField::required));
  }

  /** The only words the value may be; empty when it is free. */
  List<String> words() {
    if (!type.isEnum()) {
      return List.of(says.words());
    }
    return Arrays.stream(type.getEnumConstants()).map(Words::of).toList();
  }
}
