package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be told of the dashboards without any server. */
class DashboardFilesTest {
  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  @Test
  void eachHasAnIdOfItsOwn() {
    assertThat(dashboards()).hasSizeGreaterThanOrEqualTo(5);
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
    List<String> links = dashboard.json().path("links").findValuesAsText("url");
    for (Dashboard other : dashboards()) {
      if (!other.uid().equals(dashboard.uid())) {
        assertThat(links).contains("/d/" + other.uid());
      }
    }
    assertThat(links).anyMatch(link -> link.startsWith("${nomad_url}/ui"));
    assertThat(links).anyMatch(link -> link.startsWith("${mlflow_url}"));
    assertThat(dashboard.json().at("/templating/list").findValuesAsText("name"))
        .contains("nomad_url", "mlflow_url");
    assertThat(dashboard.annotations(dashboard.choice(any -> List.of())))
        .as("annotations")
        .isNotEmpty();
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
