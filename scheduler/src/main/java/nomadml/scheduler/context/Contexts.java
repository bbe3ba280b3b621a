package nomadml.scheduler.context;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The named contexts of config.yaml: {@code current: NAME} and {@code contexts: {NAME: {nomad: URL
 * …}}}.
 */
final class Contexts {
  private final Path file;
  private final @Nullable String current;
  private final Map<String, Context> byName;

  private Contexts(Path file, @Nullable String current, Map<String, Context> byName) {
    this.file = file;
    this.current = current;
    this.byName = byName;
  }

  /** None when there is no such file; everything wrong with it at once. */
  static Contexts read(Path file) {
    if (!Files.exists(file)) {
      return new Contexts(file, null, Map.of());
    }
    List<String> problems = new ArrayList<>();
    Map<String, Context> contexts = new LinkedHashMap<>();
    Map<?, ?> document = block(load(file), "the file", problems);
    for (Object key : document.keySet()) {
      if (!key.equals("current") && !key.equals("contexts")) {
        problems.add("unknown field " + key + ": there are current and contexts");
      }
    }
    Object named = document.get("contexts");
    if (named != null) {
      block(named, "contexts", problems)
          .forEach((name, fields) -> contexts.put(name + "", context(name + "", fields, problems)));
    }
    Object current = document.get("current");
    if (current != null && !contexts.containsKey(current.toString())) {
      problems.add("current: there is no context " + current);
    }
    if (!problems.isEmpty()) {
      throw new SchedulerFailure(ExitCode.USAGE, file + ": " + String.join("; ", problems), null);
    }
    return new Contexts(file, current == null ? null : current.toString(), contexts);
  }

  private static @Nullable Object load(Path file) {
    try {
      String text = Files.readString(file);
      return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    } catch (IOException | YAMLException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "can't read " + file + ": " + e.getMessage(), null, e);
    }
  }

  private static Map<?, ?> block(@Nullable Object value, String name, List<String> problems) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    problems.add(name + " must be a block of fields");
    return Map.of();
  }

  private static Context context(String name, Object fields, List<String> problems) {
    Map<String, String> values = new LinkedHashMap<>();
    block(fields, "context " + name, problems)
        .forEach(
            (key, value) -> {
              String field = String.valueOf(key);
              if (Context.SERVERS.stream().anyMatch(server -> field.equals(server + "_token"))) {
                problems.add(
                    "context "
                        + name
                        + ": no token belongs in this file; write "
                        + field
                        + "_file or "
                        + field
                        + "_variable");
              } else if (!Context.FIELDS.contains(field)) {
                problems.add(
                    "context "
                        + name
                        + ": unknown field "
                        + field
                        + "; there are "
                        + String.join(", ", new TreeSet<>(Context.FIELDS)));
              } else if (value != null) {
                values.put(field, value.toString());
              }
            });
    return new Context(name, values);
  }

  /** A context by its name. */
  Context named(String name) {
    Context found = byName.get(name);
    if (found == null) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "there is no context " + name + " in " + file,
          byName.isEmpty()
              ? "write contexts: {" + name + ": {nomad: https://…}} into it"
              : "there are " + String.join(", ", byName.keySet()));
    }
    return found;
  }

  /** The one that counts when nobody names one. */
  Context current() {
    return current == null ? Context.NONE : named(current);
  }
}
