package nomadml.scheduler.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import nomadml.spec.Json;

/** What people are told, in words and as JSON. */
public interface Letter {
  /** One line. */
  String subject();

  /** What there is to know, a line each. */
  String text();

  /** The same {@code id} each time it is sent, for those who must not act on it twice. */
  ObjectNode json();

  /** Slack's form, in which three characters mean something. */
  default ObjectNode slack() {
    String escaped = text().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    return Json.MAPPER.createObjectNode().put("text", escaped);
  }
}
