package nomadml.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.system.servers.Repository;

/** A Grafana dashboard's queries, with its variables filled in as Grafana does. */
final class Dashboard {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{(\\w+)(?::\\w+)?}|\\[\\[(\\w+)]]|\\$(\\w+)");
  private static final Pattern LABEL_VALUES =
      Pattern.compile("label_values\\((.+),\\s*(\\w+)\\s*\\)");
  private static final Map<String, String> BUILT_IN =
      Map.of(
          "__interval", "5s",
          "__rate_interval", "10s",
          "__range", "1m",
          "__range_s", "60",
          "__interval_ms", "5000");

  private final JsonNode json;

  /** A query and the panel or variable it belongs to. */
  record Query(String title, String expression) {}

  private Dashboard(JsonNode json) {
    this.json = json;
  }

  static Dashboard of(String file) {
    try {
      return new Dashboard(new ObjectMapper().readTree(Repository.file(file).toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every query of every panel, rows' panels too. */
  List<Query> panels(Map<String, String> variables) {
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : json.findParents("targets")) {
      for (JsonNode target : panel.path("targets")) {
        String expression = target.path("expr").asText();
        queries.add(new Query(panel.path("title").asText(), filled(expression, variables)));
      }
    }
    return queries;
  }

  /** The series the choices of the variables are taken from. */
  List<Query> variables(Map<String, String> variables) {
    List<Query> queries = new ArrayList<>();
    for (JsonNode variable : json.at("/templating/list")) {
      JsonNode query = variable.path("query");
      Matcher values =
          LABEL_VALUES.matcher(query.isTextual() ? query.asText() : query.path("query").asText());
      if (values.matches()) {
        queries.add(new Query(variable.path("name").asText(), filled(values.group(1), variables)));
      }
    }
    return queries;
  }

  private static String filled(String expression, Map<String, String> variables) {
    return VARIABLE
        .matcher(expression)
        .replaceAll(
            found -> {
              String name =
                  found.group(1) != null
                      ? found.group(1)
                      : found.group(2) != null ? found.group(2) : found.group(3);
              String value = BUILT_IN.getOrDefault(name, variables.get(name));
              if (value == null) {
                throw new AssertionError("no value for $" + name + " in " + expression);
              }
              return Matcher.quoteReplacement(value);
            });
  }
}
