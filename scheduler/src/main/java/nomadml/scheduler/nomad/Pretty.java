package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import nomadml.spec.Json;

/** JSON for people: indented, without what is not set. */
final class Pretty {
  private Pretty() {}

  static String print(String json) throws IOException {
    JsonNode tree = Json.MAPPER.readTree(json);
    drop(tree);
    return tree.toPrettyString();
  }

  private static void drop(JsonNode tree) {
    for (var children = tree.iterator(); children.hasNext(); ) {
      JsonNode child = children.next();
      if (child.isNull()) {
        children.remove();
      } else {
        drop(child);
      }
    }
  }
}
