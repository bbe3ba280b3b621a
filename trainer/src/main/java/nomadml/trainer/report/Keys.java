package nomadml.trainer.report;

import java.util.LinkedHashMap;
import java.util.Map;

/** Makes keys of metrics, params and tags such as MLflow takes. */
final class Keys {
  private static final int LONGEST = 250;

  private Keys() {}

  /**
   * Letters, digits and {@code _-.:/} and blanks stay, anything else becomes {@code _}; a path that
   * is not its own normal form loses what makes it so.
   */
  static String valid(String key) {
    StringBuilder path = new StringBuilder();
    for (String part : key.replaceAll("[^\\w\\-. :/]", "_").split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
        path.append(path.length() == 0 ? "" : "/").append(part);
      }
    }
    String valid = path.length() == 0 ? "_" : path.toString();
    return valid.length() <= LONGEST ? valid : valid.substring(0, LONGEST);
  }

  static <V> Map<String, V> valid(Map<String, V> values) {
    Map<String, V> result = new LinkedHashMap<>();
    values.forEach((key, value) -> result.put(valid(key), value));
    return result;
  }
}
