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
import nomadml.spec.Words;
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
    String text = text(file);
    Map<?, ?> document = block(load(file, text), "the file", problems);
    Places places = Places.in(text);
    for (Object key : document.keySet()) {
      if (!key.equals("current") && !key.equals("contexts")) {
        problems.add("unknown field " + key + ": there are current and contexts");
      }
    }
    Object named = document.get("contexts");
    if (named != null) {
      block(named, "contexts", problems)
          .forEach(
              (name, fields) ->
                  contexts.put(name + "", context(name + "", fields, places, problems)));
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

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static @Nullable Object load(Path file, String text) {
    try {
      return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    } catch (YAMLException e) {
      throw unreadable(file, e);
    }
  }

  private static SchedulerFailure unreadable(Path file, Exception cause) {
    return new SchedulerFailure(
        ExitCode.USAGE, "can't read " + file + ": " + cause.getMessage(), null, cause);
  }

  private static Map<?, ?> block(@Nullable Object value, String name, List<String> problems) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    problems.add(name + " must be a block of fields");
    return Map.of();
  }

  private static Context context(
      String name, @Nullable Object fields, Places places, List<String> problems) {
    Map<String, String> values = new LinkedHashMap<>();
    List<String> deploy = new ArrayList<>();
    block(fields, "context " + name, problems)
        .forEach(
            (key, value) -> {
              String field = String.valueOf(key);
              String where = places.of("contexts", name, field) + "context " + name + ": ";
              if (Context.SERVERS.stream().anyMatch(server -> field.equals(server + "_token"))) {
                problems.add(
                    where
                        + "no token belongs in this file; write "
                        + field
                        + "_file or "
                        + field
                        + "_variable");
              } else if (field.equals(DeployBlock.NAME)) {
                deploy.addAll(new DeployBlock(name, places, problems).options(value));
              } else if (!Context.FIELDS.contains(field)) {
                problems.add(where + "unknown field " + field + "; " + known(field));
              } else if (value != null) {
                values.put(field, value.toString());
              }
            });
    return new Context(name, values, deploy);
  }

  private static String known(String field) {
    TreeSet<String> all = new TreeSet<>(Context.FIELDS);
    all.add(DeployBlock.NAME);
    return Words.nearest(field, all)
        .map(word -> "did you mean " + word + "?")
        .orElse("there are " + String.join(", ", all));
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
