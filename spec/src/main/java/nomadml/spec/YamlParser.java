package nomadml.spec;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Text → {@link Yaml}. Keys are text, whatever YAML 1.1 thinks of {@code on} and {@code yes}. */
final class YamlParser {
  private static final int DEEPEST = 50;

  private final Problems problems;
  private final String source;
  private final boolean lines;

  /** Whether positions have lines and columns: a file's have, an override's have not. */
  YamlParser(Problems problems, String source, boolean lines) {
    this.problems = problems;
    this.source = source;
    this.lines = lines;
  }

  /** The document; null when it is no YAML, which is a problem by then. */
  @Nullable Yaml parse(String text) {
    try {
      LoaderOptions options = new LoaderOptions();
      options.setNestingDepthLimit(DEEPEST);
      Node document = new org.yaml.snakeyaml.Yaml(options).compose(new StringReader(text));
      return document == null
          ? new Yaml.Scalar(Position.of(source), "", true)
          : tree(document, position(document), "", 0);
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      problems.add(
          mark == null ? Position.of(source) : position(mark),
          "is no YAML: "
              + Stream.of(e.getContext(), e.getProblem())
                  .filter(Objects::nonNull)
                  .collect(Collectors.joining(", ")));
    } catch (YAMLException e) {
      problems.add(
          Position.of(source),
          "is no YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    return null;
  }

  private Yaml tree(Node node, Position position, String path, int depth) {
    if (depth > DEEPEST) {
      throw new YAMLException("nested deeper than " + DEEPEST + " levels");
    }
    if (node instanceof MappingNode mapping) {
      return mapping(mapping, position, path, depth);
    }
    if (node instanceof SequenceNode sequence) {
      List<Yaml> items = new ArrayList<>();
      for (Node item : sequence.getValue()) {
        items.add(tree(item, position(item), path + "[" + items.size() + "]", depth + 1));
      }
      return new Yaml.Sequence(position, items);
    }
    ScalarNode scalar = (ScalarNode) node;
    return new Yaml.Scalar(position, scalar.getValue(), scalar.isPlain());
  }

  private Yaml mapping(MappingNode node, Position position, String path, int depth) {
    Map<String, Yaml> entries = new LinkedHashMap<>();
    for (NodeTuple entry : node.getValue()) {
      Position at = position(entry.getKeyNode());
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        problems.add(at, "a field's name must be text");
        continue;
      }
      String inner = Problems.join(path, key.getValue());
      Yaml first = entries.get(key.getValue());
      if (first != null) {
        problems.add(at, inner + " is given twice, first in line " + first.position().line());
        continue;
      }
      entries.put(key.getValue(), tree(entry.getValueNode(), at, inner, depth + 1));
    }
    return new Yaml.Mapping(position, entries);
  }

  private Position position(Node node) {
    return position(node.getStartMark());
  }

  private Position position(Mark mark) {
    return lines
        ? new Position(source, mark.getLine() + 1, mark.getColumn() + 1)
        : Position.of(source);
  }
}
