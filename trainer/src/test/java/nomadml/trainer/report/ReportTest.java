package nomadml.trainer.report;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import nomadml.trainer.report.InMemoryTracker.Mode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pace QUICK =
      new Pace(
          Duration.ofMillis(1),
          Duration.ofMillis(2),
          Duration.ofMillis(20),
          Duration.ofMillis(5),
          Duration.ofMillis(200));

  @TempDir Path folder;
  private final InMemoryTracker tracker = new InMemoryTracker();
  private final InMemoryGauges gauges = new InMemoryGauges();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final List<Report> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(Report::close);
  }

  @Test
  void sendsEverythingInTheOrderItWasTold() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.writeString(model.resolve("MLmodel"), "flavors");
    Report report = open("run");
    report.params(Map.of("epochs", "3"));
    report.status(RunStatus.RUNNING);
    report.metrics(1, 1000, Map.of("loss", 0.5));
    report.artifact("model", model);
    report.register("digits", "model", "sha256:d1");
    report.tags(Map.of("cause", "none"));
    report.status(RunStatus.FINISHED);
    assertThat(report.backlog()).isEqualTo(7);
    report.allowWriting();

    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.calls())
        .containsExactly(
            "log 0 points",
            "status RUNNING",
            "log 1 points",
            "upload model",
            "register digits model sha256:d1",
            "log 0 points",
            "status FINISHED");
    assertThat(tracker.artifacts()).containsEntry("model/MLmodel", "flavors");
    assertThat(tracker.params()).containsEntry("epochs", "3");
    assertThat(tracker.tags()).containsEntry("cause", "none");
    assertThat(report.run()).contains(InMemoryTracker.RUN);
    assertThat(report.backlog()).isZero();
    assertThat(warnings).isEmpty();
  }

  @Test
  void staysInTheSpoolUntilWritingIsAllowed() throws IOException {
    Report report = open("run");
    report.metrics(1, 1000, Map.of("loss", 0.5));
    assertThat(report.drain(Duration.ofMillis(50))).isFalse();
    assertThat(report.run()).isEmpty();
    assertThat(tracker.calls()).isEmpty();
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    report.forbidWriting();
    report.metrics(2, 2000, Map.of("loss", 0.4));
    assertThat(report.drain(Duration.ofMillis(50))).isFalse();
    assertThat(tracker.points("loss")).hasSize(1);
  }

  @Test
  void makesTheRunThoughNothingWasTold() throws IOException {
    Report report = open("run");
    report.allowWriting();
    eventually("the run is known", () -> report.run().isPresent());
  }

  @Test
  void losesNothingWhileTheServerIsDown() throws IOException {
    tracker.mode(Mode.DOWN);
    Report report = open("run");
    report.allowWriting();
    tell(report, 1, 3000);
    eventually("it warns", () -> !warnings.isEmpty());
    assertThat(warnings.get(0)).contains("connection refused", "spool");
    assertThat(report.isFailing()).isTrue();
    tracker.mode(Mode.WELL);
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points("loss"))
        .extracting(Batch.Point::step)
        .containsExactlyElementsOf(steps(1, 3000));
    assertThat(tracker.points("loss")).extracting(Batch.Point::timestamp).startsWith(1000L, 2000L);
    assertThat(tracker.calls().size()).isLessThan(30);
    eventually("it says that it is over", () -> warnings.size() == 2);
    assertThat(warnings.get(1)).contains("again");
    assertThat(report.isFailing()).isFalse();
  }

  @Test
  void isNotHeldUpByAServerThatHangs() throws IOException {
    tracker.mode(Mode.HANGING);
    Report report = open("run");
    report.allowWriting();
    long start = System.nanoTime();
    tell(report, 1, 2000);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    assertThat(report.drain(Duration.ofMillis(20))).isFalse();
    tracker.mode(Mode.WELL);
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points("loss")).hasSize(2000);
  }

  @Test
  void sendsABatchAgainWhoseReplyWasLost() throws IOException {
    tracker.mode(Mode.REPLY_LOST);
    Report report = open("run");
    report.metrics(1, 1000, Map.of("loss", 0.5));
    report.system(1000, Map.of("system/cpu", 3.0));
    report.allowWriting();
    eventually("it was tried twice", () -> tracker.calls().size() > 1);
    tracker.mode(Mode.WELL);
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points())
        .containsExactlyInAnyOrder(
            new Batch.Point("loss", 0.5, 1000, 1), new Batch.Point("system/cpu", 3.0, 1000, 0));
  }

  @Test
  void goesOnWithWhatAKilledAttemptLeft() throws IOException {
    Report killed = open("run");
    tell(killed, 1, 20);
    killed.close();
    Report report = open("run");
    tell(report, 15, 30);
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points("loss"))
        .extracting(Batch.Point::step)
        .containsExactlyElementsOf(steps(1, 30));
  }

  @Test
  void repeatsNoStepTheRunHas() throws IOException {
    Report first = open("first");
    first.allowWriting();
    tell(first, 1, 10);
    first.system(500, Map.of("system/cpu", 1.0));
    assertThat(first.drain(SOON)).isTrue();
    first.close();
    Report second = open("second");
    second.metrics(8, 77_000, Map.of("loss", 9.0, "new", 1.0));
    second.metrics(11, 2000, Map.of("loss", 0.1));
    second.system(600, Map.of("system/cpu", 2.0));
    second.allowWriting();
    assertThat(second.drain(SOON)).isTrue();
    assertThat(tracker.points("loss"))
        .extracting(Batch.Point::step)
        .containsExactlyElementsOf(steps(1, 11));
    assertThat(tracker.points("new")).hasSize(1);
    assertThat(tracker.points("system/cpu")).extracting(Batch.Point::step).containsExactly(0L, 1L);
  }

  @Test
  void holdsAClockThatWentBack() throws IOException {
    Report report = open("run");
    report.metrics(1, 5000, Map.of("loss", 0.5));
    report.metrics(2, 4000, Map.of("loss", 0.4));
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points("loss"))
        .extracting(Batch.Point::timestamp)
        .containsExactly(5000L, 5000L);
  }

  @Test
  void movesAsideWhatIsRefusedAndNothingElse() throws IOException {
    tracker.refuse(point -> point.step() == 7);
    Report report = open("run");
    tell(report, 1, 20);
    report.params(Map.of("a", "1"));
    report.params(Map.of("b", "1"));
    report.artifact("gone", folder.resolve("gone"));
    report.status(RunStatus.FINISHED);
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points("loss")).hasSize(19);
    assertThat(tracker.params()).containsOnlyKeys("a", "b");
    assertThat(tracker.calls()).endsWith("status FINISHED");
    assertThat(warnings).hasSize(2);
    assertThat(warnings.get(0)).contains("the metric loss of step 7", "not a metric");
    assertThat(warnings.get(1)).contains("the artifact gone", "not there");
    assertThat(Files.readAllLines(folder.resolve("run/spool/refused.jsonl"))).hasSize(2);
  }

  @Test
  void saysNoMoreThanNeededWhenEverythingIsRefused() throws IOException {
    tracker.refuse(point -> true);
    Report report = open("run");
    tell(report, 1, 50);
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    assertThat(warnings).hasSize(10).last().asString().contains("refused.jsonl");
    assertThat(Files.readAllLines(folder.resolve("run/spool/refused.jsonl"))).hasSize(50);
  }

  @Test
  void goesOnThoughSomebodyDeletedTheSpool() throws IOException {
    Report report = open("run");
    tell(report, 1, 3);
    Path segment = folder.resolve("run/spool/0000000000000000001.jsonl");
    eventually("it is on disk", () -> lines(segment) == 3);
    Files.delete(segment);
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    assertThat(warnings).singleElement().asString().contains("gone");
    assertThat(tracker.points()).isEmpty();
  }

  @Test
  void refusesAFolderThatCanNotBeMade() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    assertThatIOException().isThrownBy(() -> open("file/run")).withMessageContaining("file");
  }

  @Test
  void travelsToAnotherNode() throws IOException {
    Report lost = open("lost");
    lost.allowWriting();
    tell(lost, 1, 5);
    assertThat(lost.drain(SOON)).isTrue();
    lost.forbidWriting();
    tell(lost, 6, 9);
    lost.system(7000, Map.of("system/cpu", 1.0));
    lost.tags(Map.of("node", "one"));
    lost.artifact("log.txt", folder.resolve("nowhere"));
    lost.copyTail(folder.resolve("checkpoint"));
    lost.allowWriting();
    assertThat(lost.drain(SOON)).isTrue();
    lost.close();

    Report report = open("found");
    report.adopt(folder.resolve("checkpoint"));
    tell(report, 8, 12);
    report.allowWriting();
    assertThat(report.drain(SOON)).isTrue();
    assertThat(tracker.points("loss"))
        .extracting(Batch.Point::step)
        .containsExactlyElementsOf(steps(1, 12));
    assertThat(tracker.points("system/cpu")).hasSize(1);
    assertThat(tracker.tags()).containsEntry("node", "one");
    assertThat(warnings).hasSize(1).first().asString().contains("log.txt");
    report.close();
    assertThat(Files.readAllLines(report.metricsCsv()))
        .hasSize(13)
        .startsWith("step,timestamp,value,key", "1,1000,1.0,loss");
  }

  @Test
  void keepsEveryPointAsCsv() throws IOException {
    Report report = open("run");
    report.metrics(1, 1000, Map.of("a, \"b\"\n", Double.NaN));
    report.close();
    assertThat(report.metricsCsv())
        .content()
        .isEqualTo("step,timestamp,value,key\n1,1000,NaN,a_ _b__\n");
    Report again = open("run");
    again.metrics(1, 1000, Map.of("a, \"b\"\n", 1.0));
    again.allowWriting();
    assertThat(again.drain(SOON)).isTrue();
    assertThat(tracker.points()).containsExactly(new Batch.Point("a_ _b__", Double.NaN, 1000, 1));
  }

  @Test
  void remembersWhoseReportItIs() throws IOException {
    open("run");
    assertThat(Report.identity(folder.resolve("run"))).contains(identity());
    assertThat(Report.identity(folder)).isEmpty();
  }

  @Test
  void pushesTheNewestGaugesNowAndThen() throws IOException {
    Report report = open("run");
    report.gauges(snapshot("submission", 1));
    report.allowWriting();
    eventually("it is pushed and pushed again", () -> gauges.pushed().size() > 1);
    for (int epoch = 2; epoch <= 100; epoch++) {
      report.gauges(snapshot("run", epoch));
    }
    eventually("the last is pushed", () -> gauges.pushed().contains(snapshot("run", 100)));
    assertThat(gauges.pushed().size()).isLessThan(50);
    eventually("the former group is deleted", () -> gauges.deleted().equals(List.of("submission")));
  }

  @Test
  void warnsOnceWhenGaugesCanNotBePushed() throws IOException {
    gauges.fail(true);
    Report report = open("run");
    report.allowWriting();
    report.gauges(snapshot("run", 1));
    eventually("it was tried several times", () -> gauges.tries() > 2);
    assertThat(warnings).hasSize(1).first().asString().contains("no gauges today");
    gauges.fail(false);
    eventually("it is pushed", () -> !gauges.pushed().isEmpty());
    assertThat(report.backlog()).isZero();
  }

  private static long lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Report open(String name) throws IOException {
    Report report =
        new Report(
            folder.resolve(name),
            identity(),
            tracker,
            gauges,
            Clock.fixed(Instant.ofEpochSecond(1), ZoneOffset.UTC),
            warnings::add,
            QUICK,
            Spool.Limits.USUAL);
    open.add(report);
    return report;
  }

  private static RunIdentity identity() {
    return new RunIdentity(null, "submission-1", "digits", "digits-mlp", Map.of("user", "me"));
  }

  private static Snapshot snapshot(String run, int epoch) {
    return new Snapshot(run, "digits", "mlp", Map.of(), epoch, 100, Map.of(), 0, 1);
  }

  private static void tell(Report report, long from, long to) {
    LongStream.rangeClosed(from, to)
        .forEach(step -> report.metrics(step, step * 1000, Map.of("loss", 1.0 / step)));
  }

  private static List<Long> steps(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }
}
