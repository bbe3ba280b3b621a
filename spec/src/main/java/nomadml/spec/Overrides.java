package nomadml.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lays {@code --set path=value} over a job file. */
final class Overrides {
  private final Problems problems;

  Overrides(Problems problems) {
    this.problems = problems;
  }

  Yaml.Mapping apply(List<String> overrides, Yaml.Mapping file) {
    Yaml.Mapping result = file;
    for (String override : overrides) {
      Position position = Position.of("--set " + override);
      int equals = override.indexOf('=');
      if (equals < 1) {
        problems.add(position, "must be path=value", "such as --set train.epochs=5");
        continue;
      }
      Yaml value = value(override.substring(equals + 1), position);
      if (value != null) {
        result = set(result, List.of(override.substring(0, equals).split("\\.")), value);
      }
    }
    return result;
  }

  /** Only a value that opens a list, a block or a quote is YAML: {@code >=40GiB} is text. */
  private @Nullable Yaml value(String text, Position position) {
    return text.matches("[\\[{\"'].*")
        ? new YamlParser(problems, position.source(), false).parse(text)
        : new Yaml.Scalar(position, text, true);
  }

  private static Yaml.Mapping set(Yaml.Mapping block, List<String> path, Yaml value) {
    String name = path.get(0);
    if (path.size() == 1) {
      return block.with(name, value);
    }
    Yaml.Mapping inner =
        block.entries().get(name) instanceof Yaml.Mapping mapping
            ? mapping
            : Yaml.Mapping.empty(value.position());
    return block.with(name, set(inner, path.subList(1, path.size()), value));
  }
}
