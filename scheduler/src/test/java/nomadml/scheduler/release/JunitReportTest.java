package nomadml.scheduler.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

final class JunitReportTest {
  private static final Instant START = Jobs.START;

  @Test
  void hasACaseForEachStageAndGate() throws Exception {
    Element suite =
        suite(
            release(
                stage("test", Stage.State.DONE, "", check("accuracy>=0.9", true, "holds: 0.95")),
                stage(
                    "prod",
                    Stage.State.REFUSED,
                    "p95<=50ms does not hold",
                    check("p95<=50ms", false, "p95<=50ms does not hold: 80.0 ms"),
                    check("requests>=200", null, "not looked at")),
                new Stage(
                    "gpu-prod", false, Stage.State.PENDING, "", null, null, null, "", List.of())),
            null);
    assertThat(suite.getAttribute("name")).isEqualTo("release digits/5");
    assertThat(suite.getAttribute("tests")).isEqualTo("6");
    assertThat(suite.getAttribute("failures")).isEqualTo("2");
    assertThat(suite.getAttribute("errors")).isEqualTo("0");
    assertThat(suite.getAttribute("skipped")).isEqualTo("2");
    assertThat(suite.getAttribute("time")).isEqualTo("180.000");
    Element gate = testcase(suite, "gate p95<=50ms");
    assertThat(gate.getAttribute("classname")).isEqualTo("release.prod");
    assertThat(gate.getAttribute("time")).isEqualTo("1.500");
    assertThat(child(gate, "failure").getTextContent())
        .isEqualTo("p95<=50ms does not hold: 80.0 ms");
    assertThat(child(testcase(suite, "stage prod"), "failure").getAttribute("type"))
        .isEqualTo("REFUSED");
    assertThat(testcase(suite, "stage test").getElementsByTagName("*").getLength()).isZero();
    child(testcase(suite, "stage gpu-prod"), "skipped");
    child(testcase(suite, "gate requests>=200"), "skipped");
  }

  @Test
  void troubleOfAServerIsAnErrorOfItsStage() throws Exception {
    SchedulerFailure away =
        new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, "can't reach Nomad", "is it up?");
    Element suite = suite(release(stage("test", Stage.State.RUNNING, "")), away);
    assertThat(suite.getAttribute("errors")).isEqualTo("1");
    Element error = child(testcase(suite, "stage test"), "error");
    assertThat(error.getTextContent()).isEqualTo("can't reach Nomad\nhint: is it up?");
    assertThat(error.getAttribute("message")).isEqualTo("can't reach Nomad");
  }

  /** What a server wrote is anything; XML takes less. */
  @Test
  void whatXmlDoesNotTakeIsReplacedAndTheRestEscaped() throws Exception {
    String wild = "<b>&\"quoted\" ]]> \u0000\u001b[31m \uD83D\uDE00 \uD800 ü\nsecond";
    Element suite = suite(release(stage("test", Stage.State.REFUSED, wild)), null);
    assertThat(child(testcase(suite, "stage test"), "failure").getTextContent())
        .isEqualTo("<b>&\"quoted\" ]]> \uFFFD\uFFFD[31m \uD83D\uDE00 \uFFFD ü\nsecond");
  }

  private static Release release(Stage... stages) {
    return new Release(
        "20261130-1",
        "digits",
        "5",
        "sha256:5",
        "ada",
        "",
        START,
        Release.State.RUNNING,
        List.of(stages));
  }

  private static Stage stage(String context, Stage.State state, String why, Check... checks) {
    return new Stage(
        context, false, state, "", "d1", START, START.plusSeconds(90), why, List.of(checks));
  }

  private static Check check(String gate, @Nullable Boolean holds, String words) {
    return new Check(gate, holds, words, 1500);
  }

  private static Element suite(Release release, @Nullable SchedulerFailure trouble)
      throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JunitReport(release, trouble).write(bytes);
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(bytes.toByteArray()));
    return document.getDocumentElement();
  }

  private static Element testcase(Element suite, String name) {
    for (int i = 0; i < suite.getElementsByTagName("testcase").getLength(); i++) {
      Element one = (Element) suite.getElementsByTagName("testcase").item(i);
      if (one.getAttribute("name").equals(name)) {
        return one;
      }
    }
    throw new AssertionError("no case " + name);
  }

  private static Element child(Element parent, String name) {
    assertThat(parent.getElementsByTagName(name).getLength()).as(name).isEqualTo(1);
    return (Element) parent.getElementsByTagName(name).item(0);
  }
}
