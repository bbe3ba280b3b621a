package nomadml.scheduler.context;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Where the fields of a YAML text stand. */
record Places(Map<List<String>, Mark> marks) {

  static Places in(String text) {
    Map<List<String>, Mark> marks = new HashMap<>();
    add(new Yaml().compose(new StringReader(text)), List.of(), marks);
    return new Places(marks);
  }

  private static void add(@Nullable Node node, List<String> path, Map<List<String>, Mark> marks) {
    if (!(node instanceof MappingNode mapping) || path.size() > 3) {
      return;
    }
    for (NodeTuple field : mapping.getValue()) {
      if (field.getKeyNode() instanceof ScalarNode key) {
        List<String> below = new ArrayList<>(path);
        below.add(key.getValue());
        marks.put(below, key.getStartMark());
        add(field.getValueNode(), below, marks);
      }
    }
  }

  /** {@code 3:5: }, the line and the column; nothing of what was merged in from elsewhere. */
  String of(String... path) {
    Mark mark = marks.get(List.of(path));
    return mark == null ? "" : (mark.getLine() + 1) + ":" + (mark.getColumn() + 1) + ": ";
  }
}
