package nomadml.scheduler.release;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import nomadml.scheduler.SchedulerFailure;
import org.jspecify.annotations.Nullable;

/**
 * A release as the XML that CI servers read: a suite, with a case for each stage and each gate.
 *
 * @param trouble what kept the command from going on; null for nothing
 */
public record JunitReport(Release release, @Nullable SchedulerFailure trouble) {
  /** Everything XML 1.0 does not take: servers may write what they like. */
  private static final String UNPRINTABLE =
      "[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]";

  public void write(OutputStream target) throws XMLStreamException {
    XMLStreamWriter xml =
        XMLOutputFactory.newDefaultFactory()
            .createXMLStreamWriter(target, StandardCharsets.UTF_8.name());
    xml.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
    xml.writeCharacters("\n");
    xml.writeStartElement("testsuite");
    Tally tally = Tally.of(release, trouble);
    attribute(xml, "name", "release " + release.model() + "/" + release.version());
    attribute(xml, "tests", Integer.toString(tally.tests()));
    attribute(xml, "failures", Integer.toString(tally.failures()));
    attribute(xml, "errors", Integer.toString(tally.errors()));
    attribute(xml, "skipped", Integer.toString(tally.skipped()));
    attribute(xml, "timestamp", release.created().toString());
    attribute(xml, "time", seconds(tally.milliseconds()));
    properties(xml);
    for (Stage stage : release.stages()) {
      stage(xml, stage);
      for (Check check : stage.checks()) {
        check(xml, stage, check);
      }
    }
    xml.writeCharacters("\n");
    xml.writeEndElement();
    xml.writeCharacters("\n");
    xml.writeEndDocument();
    xml.close();
  }

  private void properties(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeCharacters("\n  ");
    xml.writeStartElement("properties");
    property(xml, "release", release.id());
    property(xml, "digest", release.digest());
    property(xml, "by", release.by());
    property(xml, "state", release.state().name().toLowerCase(Locale.ROOT));
    xml.writeEndElement();
  }

  private static void property(XMLStreamWriter xml, String name, String value)
      throws XMLStreamException {
    xml.writeEmptyElement("property");
    attribute(xml, "name", name);
    attribute(xml, "value", value);
  }

  private void stage(XMLStreamWriter xml, Stage stage) throws XMLStreamException {
    begin(xml, stage, "stage " + stage.context(), milliseconds(stage));
    switch (outcome(stage, trouble)) {
      case FAILED -> told(xml, "failure", stage.state().name(), stage.why());
      case ERROR -> {
        String hint = trouble == null || trouble.hint() == null ? "" : "\nhint: " + trouble.hint();
        String said = trouble == null ? "" : trouble.getMessage() + hint;
        told(xml, "error", trouble == null ? "" : trouble.exitCode().name(), said);
      }
      case SKIPPED -> told(xml, "skipped", null, "not reached");
      case PASSED -> {}
    }
    xml.writeEndElement();
  }

  private static void check(XMLStreamWriter xml, Stage stage, Check check)
      throws XMLStreamException {
    begin(xml, stage, "gate " + check.gate(), check.milliseconds());
    if (check.holds() == null) {
      told(xml, "skipped", null, check.words());
    } else if (check.holds()) {
      xml.writeStartElement("system-out");
      xml.writeCharacters(printable(check.words()));
      xml.writeEndElement();
    } else {
      told(xml, "failure", "GATE", check.words());
    }
    xml.writeEndElement();
  }

  private static void begin(XMLStreamWriter xml, Stage stage, String name, long milliseconds)
      throws XMLStreamException {
    xml.writeCharacters("\n  ");
    xml.writeStartElement("testcase");
    attribute(xml, "classname", "release." + stage.context());
    attribute(xml, "name", name);
    attribute(xml, "time", seconds(milliseconds));
  }

  private static void told(XMLStreamWriter xml, String element, @Nullable String type, String words)
      throws XMLStreamException {
    xml.writeStartElement(element);
    attribute(xml, "message", words.lines().findFirst().orElse(""));
    if (type != null) {
      attribute(xml, "type", type);
      xml.writeCharacters(printable(words));
    }
    xml.writeEndElement();
  }

  private static void attribute(XMLStreamWriter xml, String name, String value)
      throws XMLStreamException {
    xml.writeAttribute(name, printable(value));
  }

  private static String printable(String text) {
    return text.replaceAll(UNPRINTABLE, "\uFFFD");
  }

  private static String seconds(long milliseconds) {
    return String.format(Locale.ROOT, "%.3f", milliseconds / 1000.0);
  }

  private static long milliseconds(Stage stage) {
    return stage.begun() == null || stage.ended() == null
        ? 0
        : Duration.between(stage.begun(), stage.ended()).toMillis();
  }

  /** What a case is counted as. */
  private enum Outcome {
    PASSED,
    FAILED,
    ERROR,
    SKIPPED
  }

  private static Outcome outcome(Stage stage, @Nullable SchedulerFailure trouble) {
    return switch (stage.state()) {
      case PENDING -> Outcome.SKIPPED;
      case RUNNING, REVERTING -> trouble == null ? Outcome.SKIPPED : Outcome.ERROR;
      case DONE, REVERTED, KEPT -> Outcome.PASSED;
      case REFUSED, REJECTED, EXPIRED, CANCELLED -> Outcome.FAILED;
    };
  }

  private static Outcome outcome(Check check) {
    return check.holds() == null
        ? Outcome.SKIPPED
        : check.holds() ? Outcome.PASSED : Outcome.FAILED;
  }

  private record Tally(int tests, int failures, int errors, int skipped, long milliseconds) {
    static Tally of(Release release, @Nullable SchedulerFailure trouble) {
      Tally tally = new Tally(0, 0, 0, 0, 0);
      for (Stage stage : release.stages()) {
        tally = tally.and(outcome(stage, trouble), JunitReport.milliseconds(stage));
        for (Check check : stage.checks()) {
          tally = tally.and(outcome(check), 0);
        }
      }
      return tally;
    }

    private Tally and(Outcome outcome, long more) {
      return new Tally(
          tests + 1,
          failures + (outcome == Outcome.FAILED ? 1 : 0),
          errors + (outcome == Outcome.ERROR ? 1 : 0),
          skipped + (outcome == Outcome.SKIPPED ? 1 : 0),
          milliseconds + more);
    }
  }
}
