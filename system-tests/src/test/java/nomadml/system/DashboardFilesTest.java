package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be told of the dashboards without any server. */
class DashboardFilesTest {
  private static final String TAG = "nomad-ml";

  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  @Test
  void eachHasAnIdOfItsOwn() {
    assertThat(dashboards()).hasSizeGreaterThanOrEqualTo(7);
    assertThat(dashboards().stream().map(Dashboard::uid))
        .doesNotHaveDuplicates()
        .doesNotContain("");
    assertThat(dashboards().stream().map(one -> one.json().path("title").asText()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyPanelSaysWhatItShowsAndInWhichUnit(Dashboard dashboard) {
    Set<Integer> ids = new HashSet<>();
    for (JsonNode panel : dashboard.panels()) {
      String title = panel.path("title").asText();
      JsonNode defaults = panel.at("/fieldConfig/defaults");
      assertThat(title).isNotBlank();
      assertThat(ids.add(panel.path("id").asInt())).as("id of its own: " + title).isTrue();
      assertThat(panel.path("description").asText()).as("description of " + title).isNotBlank();
      assertThat(defaults.path("unit").asText()).as("unit of " + title).isNotBlank();
      assertThat(defaults.at("/thresholds/steps")).as("thresholds of " + title).isNotEmpty();
      assertThat(panel.path("targets")).as("queries of " + title).isNotEmpty();
    }
  }

  @Test
  void whatIsWrittenOnADashboardHasATitleAndWords() {
    List<JsonNode> texts = dashboards().stream().flatMap(one -> one.texts().stream()).toList();
    assertThat(texts).isNotEmpty();
    for (JsonNode text : texts) {
      assertThat(text.path("title").asText()).isNotBlank();
      assertThat(text.at("/options/mode").asText()).isEqualTo("markdown");
      assertThat(text.at("/options/content").asText()).isNotBlank();
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void noPanelLiesOnAnother(Dashboard dashboard) {
    List<JsonNode> seen = new ArrayList<>();
    for (JsonNode panel : dashboard.json().path("panels")) {
      for (JsonNode other : seen) {
        assertThat(overlap(panel.path("gridPos"), other.path("gridPos")))
            .as(panel.path("title") + " lies on " + other.path("title"))
            .isFalse();
      }
      assertThat(right(panel.path("gridPos"))).isLessThanOrEqualTo(24);
      seen.add(panel);
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyQueryGoesToTheDataSourceThatIsChosen(Dashboard dashboard) {
    for (JsonNode panel : dashboard.panels()) {
      for (JsonNode target : panel.path("targets")) {
        JsonNode source = target.path("datasource");
        assertThat(source.path("uid").asText())
            .as(source.toString())
            .isEqualTo(source.path("type").asText().equals("loki") ? "loki" : "${datasource}");
      }
    }
    assertThat(dashboard.json().at("/templating/list/0/type").asText()).isEqualTo("datasource");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void leadsToAllOthersAndToNomadAndMlflow(Dashboard dashboard) {
    assertThat(texts(dashboard.json().path("tags"))).contains(TAG);
    assertThat(dashboard.json().path("links"))
        .anySatisfy(
            link -> {
              assertThat(link.path("type").asText()).isEqualTo("dashboards");
              assertThat(link.path("asDropdown").asBoolean()).isTrue();
              assertThat(texts(link.path("tags"))).containsExactly(TAG);
            });
    List<String> links = dashboard.json().path("links").findValuesAsText("url");
    assertThat(links).anyMatch(link -> link.startsWith("${nomad_url}/ui"));
    assertThat(links).anyMatch(link -> link.startsWith("${mlflow_url}"));
    assertThat(dashboard.annotations(dashboard.choice(any -> List.of())))
        .as("annotations")
        .isNotEmpty();
  }

  /**
   * Behind a gateway or on other ports they are elsewhere: grafana/start.sh changes the variables.
   */
  @ParameterizedTest
  @MethodSource("dashboards")
  void noLinkOfAPanelNamesAnAddress(Dashboard dashboard) {
    for (JsonNode panel : dashboard.panels()) {
      assertThat(panel.at("/fieldConfig/defaults/links").findValuesAsText("url"))
          .as(panel.path("title").asText())
          .allMatch(url -> url.matches("\\$\\{(nomad|mlflow)_url}/.+"));
    }
    for (String variable : List.of("nomad_url", "mlflow_url")) {
      assertThat(dashboard.json().at("/templating/list"))
          .anySatisfy(
              one -> {
                assertThat(one.path("name").asText()).isEqualTo(variable);
                assertThat(one.path("type").asText()).isEqualTo("textbox");
              });
    }
  }

  @Test
  void runsAreMarkedWhereTheyStartAndEnd() {
    for (Dashboard dashboard : dashboards()) {
      if (List.of("nomad-ml-training", "nomad-ml-cluster").contains(dashboard.uid())) {
        assertThat(dashboard.json().at("/annotations/list").findValuesAsText("name"))
            .contains("Run starts", "Run ends");
      }
    }
  }

  @Test
  void theLinksLeadToWhereGrafanasStartScriptIsTold(@TempDir Path laid) throws IOException {
    RunningProgram start =
        RunningProgram.start(
            "start.sh",
            laid.resolve("start.log"),
            laid,
            Map.of(
                "DASHBOARDS", laid.toString(),
                "GRAFANA", "/bin/true",
                "NOMAD_UI_URL", "https://ml.example:8443",
                "MLFLOW_UI_URL", "https://ml.example:8443/mlflow"),
            List.of("/bin/sh", Repository.file("grafana/start.sh").toString()));
    assertThat(start.awaitExit()).as(start.output()).isZero();
    for (Dashboard dashboard : dashboards()) {
      JsonNode json = new ObjectMapper().readTree(laid.resolve(dashboard.toString()).toFile());
      for (JsonNode variable : json.at("/templating/list")) {
        String address =
            Map.of(
                    "nomad_url", "https://ml.example:8443",
                    "mlflow_url", "https://ml.example:8443/mlflow")
                .getOrDefault(variable.path("name").asText(), "");
        if (!address.isEmpty()) {
          assertThat(variable.path("query").asText()).isEqualTo(address);
          assertThat(variable.at("/current/value").asText()).isEqualTo(address);
        }
      }
      assertThat(json.toString()).doesNotContain("127.0.0.1");
      assertThat(json.path("panels")).isEqualTo(dashboard.json().path("panels"));
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(one -> texts.add(one.asText()));
    return texts;
  }

  private static boolean overlap(JsonNode one, JsonNode other) {
    return one.path("x").asInt() < right(other)
        && other.path("x").asInt() < right(one)
        && one.path("y").asInt() < bottom(other)
        && other.path("y").asInt() < bottom(one);
  }

  private static int right(JsonNode grid) {
    return grid.path("x").asInt() + grid.path("w").asInt();
  }

  private static int bottom(JsonNode grid) {
    return grid.path("y").asInt() + grid.path("h").asInt();
  }
}
