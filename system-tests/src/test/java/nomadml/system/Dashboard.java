package nomadml.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.system.servers.Repository;

/** A Grafana dashboard, with its variables filled in as Grafana does. */
record Dashboard(Path file, JsonNode json) {
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

  /** A query and the panel or annotation it belongs to. */
  record Query(String title, String expression) {}

  /** Every dashboard that Grafana is given. */
  static List<Dashboard> all() {
    return Repository.files("grafana/dashboards", ".json").stream().map(Dashboard::of).toList();
  }

  private static Dashboard of(Path file) {
    try {
      return new Dashboard(file, new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String uid() {
    return json.path("uid").asText();
  }

  /** Every panel that shows what was measured; rows' panels too. */
  List<JsonNode> panels() {
    List<JsonNode> panels = new ArrayList<>();
    for (JsonNode panel : json.path("panels")) {
      if (!List.of("row", "text").contains(panel.path("type").asText())) {
        panels.add(panel);
      }
      panel.path("panels").forEach(panels::add);
    }
    return panels;
  }

  /** Every panel that is written once, in Markdown. */
  List<JsonNode> texts() {
    List<JsonNode> texts = new ArrayList<>();
    json.path("panels").forEach(texts::add);
    texts.removeIf(panel -> !panel.path("type").asText().equals("text"));
    return texts;
  }

  /** Whether a panel or a variable shows logs: it asks Loki, and not Prometheus. */
  static boolean isOfLoki(JsonNode part) {
    return part.at("/datasource/type").asText().equals("loki");
  }

  /** Every query of every panel that Prometheus answers. */
  List<Query> queries(Map<String, String> choice) {
    return queries("prometheus", choice);
  }

  /** Every query of every panel that Loki answers. */
  List<Query> logQueries(Map<String, String> choice) {
    return queries("loki", choice);
  }

  private List<Query> queries(String source, Map<String, String> choice) {
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        if (target.at("/datasource/type").asText().equals(source)) {
          queries.add(
              new Query(
                  panel.path("title").asText(), filled(target.path("expr").asText(), choice)));
        }
      }
    }
    return queries;
  }

  /** The queries whose results are marked on the panels. */
  List<Query> annotations(Map<String, String> choice) {
    List<Query> queries = new ArrayList<>();
    for (JsonNode annotation : json.at("/annotations/list")) {
      if (annotation.has("expr") && !isOfLoki(annotation)) {
        queries.add(
            new Query(
                annotation.path("name").asText(),
                filled(annotation.path("expr").asText(), choice)));
      }
    }
    return queries;
  }

  /**
   * Chooses all there is for every variable, one after the other, as each may rest on those before.
   *
   * @param series the series of an expression, each an object of labels
   */
  Map<String, String> choice(Function<String, Iterable<JsonNode>> series) {
    Map<String, String> choice = new LinkedHashMap<>();
    for (JsonNode variable : json.at("/templating/list")) {
      if (isOfLoki(variable)) {
        continue;
      }
      String query = variable.path("query").path("query").asText(variable.path("query").asText());
      Matcher values = LABEL_VALUES.matcher(query);
      String chosen =
          variable.path("type").asText().equals("interval")
              ? variable.at("/current/value").asText()
              : query;
      if (values.matches()) {
        TreeSet<String> found = new TreeSet<>();
        for (JsonNode labels : series.apply(filled(values.group(1), choice))) {
          found.add(labels.path(values.group(2)).asText());
        }
        chosen = String.join("|", found);
      }
      choice.put(variable.path("name").asText(), chosen);
    }
    return choice;
  }

  private static String filled(String expression, Map<String, String> choice) {
    return VARIABLE
        .matcher(expression)
        .replaceAll(
            found -> {
              String name =
                  found.group(1) != null
                      ? found.group(1)
                      : found.group(2) != null ? found.group(2) : found.group(3);
              String value = BUILT_IN.getOrDefault(name, choice.get(name));
              if (value == null) {
                throw new AssertionError("no value for $" + name + " in " + expression);
              }
              return Matcher.quoteReplacement(value);
            });
  }

  @Override
  public String toString() {
    return file.getFileName().toString();
  }
}
