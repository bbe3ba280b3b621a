package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nomadml.system.servers.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every alert must have besides its expression; what it does, promtool tests. */
class AlertRulesTest {
  private static final Pattern ALERT =
      Pattern.compile("- alert: (\\w+)\\n(.*?)(?=\\n *\\n|\\z)", Pattern.DOTALL);
  private static final String TESTS = texts("prometheus/tests");
  private static final String RUNBOOK = Repository.text("docs/operations.md");

  /** A rule as it is written. */
  record Alert(String name, String text) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Alert> alerts() {
    return ALERT
        .matcher(texts("prometheus/rules"))
        .results()
        .map(found -> new Alert(found.group(1), found.group(2)))
        .toList();
  }

  @Test
  void noneIsCalledAsAnother() {
    assertThat(alerts()).hasSizeGreaterThan(20);
    assertThat(alerts().stream().map(Alert::name)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void saysHowLongItWaitsHowBadItIsAndWhatItMeans(Alert alert) {
    assertThat(alert.text())
        .containsPattern("for: \\d+[smh]")
        .containsPattern("severity: (critical|warning|info)\\b")
        .containsPattern("summary: '.+'")
        .containsPattern("description: '.+'");
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void hasASectionThatSaysWhatToDo(Alert alert) {
    assertThat(alert.text())
        .contains("runbook: docs/operations.md#" + alert.name().toLowerCase(Locale.ROOT));
    assertThat(RUNBOOK).contains("\n### " + alert.name() + "\n");
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void isTestedToFireAndToBeSilent(Alert alert) {
    assertThat(TESTS)
        .containsPattern(
            "- alertname: "
                + alert.name()
                + "\\n +eval_time: \\w+\\n +exp_alerts:\\n +- exp_labels");
  }

  @Test
  void theRunbookHasNoSectionForAnAlertThatIsGone() {
    String alerts = RUNBOOK.substring(RUNBOOK.indexOf("\n## Alerts\n"));
    Stream<String> sections =
        Pattern.compile("\n### ([A-Z]\\w+)\n")
            .matcher(alerts.substring(0, alerts.indexOf("\n## ", 4)))
            .results()
            .map((MatchResult found) -> found.group(1));
    assertThat(sections)
        .containsExactlyInAnyOrderElementsOf(alerts().stream().map(Alert::name).toList());
  }

  private static String texts(String folder) {
    return Repository.files(folder, ".yml").stream()
        .map((Path file) -> Repository.text(folder + "/" + file.getFileName()))
        .collect(Collectors.joining("\n\n"));
  }
}
