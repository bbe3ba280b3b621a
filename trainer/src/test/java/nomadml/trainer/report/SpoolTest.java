package nomadml.trainer.report;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import nomadml.spec.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private static final Path FULL_DEVICE = Path.of("/dev/full");

  @TempDir Path folder;
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final List<Spool> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(Spool::close);
  }

  @Test
  void isOnDiskAtOnceWithoutBeingClosed() throws IOException {
    Spool killed = open(100);
    killed.append(entry(1));
    killed.append(entry(2));
    eventually("the lines are on disk", () -> text().lines().count() == 2);
    assertThat(text())
        .startsWith(
            "{\"number\":1,\"entry\":{\"kind\":\"metrics\",\"step\":1,\"timestamp\":1,\"values\":{\"loss\":1.0}}}\n");
    assertThat(steps(open(100))).containsExactly(1L, 2L);
  }

  @Test
  void readsAModelThatWasToldWithoutItsDigest() throws IOException {
    assertThat(
            Json.MAPPER.readValue(
                "{\"kind\":\"register\",\"model\":\"m\",\"path\":\"model\"}", Entry.class))
        .isEqualTo(new Entry.Register("m", "model", null));
  }

  @Test
  void cutsATornLine() throws IOException {
    fill(1, 2);
    Files.writeString(segment(), "{\"number\":3,\"entry\":{\"ki", StandardOpenOption.APPEND);
    Spool spool = open(100);
    spool.append(entry(3));
    spool.close();
    assertThat(steps(open(100))).containsExactly(1L, 2L, 3L);
    assertThat(warnings).isEmpty();
  }

  @Test
  void leavesOutADamagedLine() throws IOException {
    fill(1, 3);
    String text = text().replace("{\"number\":2", "\0\0\0");
    Files.writeString(segment(), text);
    assertThat(steps(open(100))).containsExactly(1L, 3L);
    assertThat(warnings)
        .isNotEmpty()
        .first()
        .asString()
        .contains("damaged line", segment().toString());
  }

  @Test
  void goesOnBehindWhatWasAcknowledged() throws IOException {
    fill(1, 5);
    Spool spool = open(100);
    spool.acknowledge(3);
    assertThat(spool.backlog()).isEqualTo(2);
    Spool again = open(100);
    assertThat(again.acknowledged()).isEqualTo(3);
    assertThat(steps(again)).containsExactly(4L, 5L);
    again.acknowledge(5);
    Spool third = open(100);
    assertThat(third.backlog()).isZero();
    third.append(entry(6));
    assertThat(third.last()).isEqualTo(6);
  }

  @Test
  void readsEverythingAgainWhenThePositionIsDamaged() throws IOException {
    fill(1, 3);
    Files.writeString(folder.resolve("acknowledged"), "");
    assertThat(steps(open(100))).containsExactly(1L, 2L, 3L);
  }

  @Test
  void deletesFilesThatAreAcknowledged() throws IOException {
    Spool spool = open(100_000);
    Entry large = new Entry.Params(Map.of("text", "x".repeat(300_000)));
    for (int i = 1; i <= 12; i++) {
      spool.append(large);
      long last = i;
      eventually("it is on disk", () -> text().contains("\"number\":" + last + ","));
    }
    assertThat(segments()).hasSize(3);
    spool.acknowledge(11);
    assertThat(segments()).hasSize(1);
    assertThat(spool.read(11, 10)).hasSize(1);
  }

  @Test
  void keepsEntriesInMemoryWhileTheDiskIsFull() throws Exception {
    Files.createSymbolicLink(segment(), FULL_DEVICE);
    Spool spool = open(100);
    spool.append(entry(1));
    eventually("it warns", () -> !warnings.isEmpty());
    assertThat(warnings).singleElement().asString().contains("No space left", "hint: ");
    assertThat(spool.read(0, 10)).hasSize(1);
    spool.append(entry(2));
    assertThat(steps(spool)).containsExactly(1L, 2L);
    Files.delete(segment());
    eventually("it says that it is over", () -> warnings.size() == 2);
    assertThat(warnings.get(1)).contains("nothing was lost");
    assertThat(text().lines()).hasSize(2);
    assertThat(Files.readAllLines(folder.resolve("metrics.csv"))).hasSize(3);
  }

  @Test
  void saysHowMuchIsLostWhenMemoryIsFullToo() throws IOException {
    Files.createSymbolicLink(segment(), FULL_DEVICE);
    Spool spool = open(10);
    for (int step = 1; step <= 25; step++) {
      spool.append(entry(step));
    }
    spool.append(new Entry.Status(RunStatus.FINISHED, 1));
    assertThat(spool.backlog()).isEqualTo(11);
    eventually("it warns", () -> warnings.size() == 2);
    assertThat(warnings).anyMatch(warning -> warning.contains("lost from now on"));
    spool.acknowledge(5);
    spool.append(entry(26));
    assertThat(spool.last()).isEqualTo(12);
    Files.delete(segment());
    eventually("it says that it is over", () -> warnings.size() == 3);
    assertThat(warnings.get(2)).contains("15 reports of metrics were lost");
    assertThat(spool.read(5, 100)).hasSize(7);
  }

  @Test
  void freesADiskThatIsFullOfWhatIsAcknowledged() throws IOException {
    fill(1, 3);
    Path position = folder.resolve("acknowledged.next");
    Files.createSymbolicLink(position, FULL_DEVICE);
    Spool spool = open(100);
    spool.append(entry(4));
    eventually("the next file is begun", () -> segments().size() == 2);
    spool.acknowledge(3);
    assertThat(segments()).hasSize(1);
    assertThat(steps(spool)).containsExactly(4L);
    Files.delete(position);
    assertThat(warnings).anyMatch(warning -> warning.contains("No space left"));
  }

  @Test
  void tellsHowMuchWouldEndWithTheProcess() throws Exception {
    Files.createSymbolicLink(segment(), FULL_DEVICE);
    Spool spool = open(10);
    for (int step = 1; step <= 12; step++) {
      spool.append(entry(step));
    }
    spool.acknowledge(3);
    assertThat(spool.awaitKept(Duration.ofMillis(20))).isEqualTo(7);
    assertThat(spool.dropped()).isEqualTo(2);
    Files.delete(segment());
    assertThat(spool.awaitKept(Duration.ofSeconds(20))).isZero();
  }

  @Test
  void writesEachPointToTheMetricLogOnceThoughAWriteOfItWasTorn() throws IOException {
    AtomicBoolean full = new AtomicBoolean(true);
    MetricLog log = new MetricLog(folder.resolve("metrics.csv"), path -> new TornFile(path, full));
    Spool spool = open(100, log);
    spool.append(entry(1));
    spool.append(entry(2));
    eventually("it warns", () -> !warnings.isEmpty());
    assertThat(warnings).singleElement().asString().contains("No space left");
    assertThat(Files.size(folder.resolve("metrics.csv"))).as("a part is there").isPositive();
    full.set(false);
    eventually("it says that it is over", () -> warnings.size() == 2);
    spool.append(entry(3));
    spool.close();
    assertThat(Files.readAllLines(folder.resolve("metrics.csv")))
        .containsExactly(
            "step,timestamp,value,key", "1,1,1.0,loss", "2,2,1.0,loss", "3,3,1.0,loss");
    assertThat(steps(open(100))).containsExactly(1L, 2L, 3L);
  }

  /** A file on a full disk: all but the last byte of a write gets there, and nothing is undone. */
  private static final class TornFile extends RandomAccessFile {
    private final AtomicBoolean full;

    TornFile(Path path, AtomicBoolean full) throws IOException {
      super(path.toFile(), "rw");
      this.full = full;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      if (full.get()) {
        super.write(bytes, 0, bytes.length - 1);
        throw new IOException("No space left on device");
      }
      super.write(bytes);
    }

    @Override
    public void setLength(long length) throws IOException {
      if (full.get()) {
        throw new IOException("Input/output error");
      }
      super.setLength(length);
    }
  }

  private Spool open(int entries) throws IOException {
    return open(entries, new MetricLog(folder.resolve("metrics.csv")));
  }

  private Spool open(int entries, MetricLog log) throws IOException {
    Spool.Limits limits = new Spool.Limits(entries, Duration.ofMillis(5), Duration.ofMillis(5));
    Spool spool = new Spool(folder, log, limits, warnings::add);
    spool.start();
    open.add(spool);
    return spool;
  }

  private void fill(long from, long to) throws IOException {
    Spool spool = open(100);
    for (long step = from; step <= to; step++) {
      spool.append(entry(step));
    }
    spool.close();
  }

  private static Entry entry(long step) {
    return new Entry.Metrics(step, step, Map.of("loss", 1.0));
  }

  private static List<Long> steps(Spool spool) throws IOException {
    List<Long> steps = new ArrayList<>();
    for (List<Line> lines = spool.read(spool.acknowledged(), 1);
        !lines.isEmpty();
        lines = spool.read(lines.get(0).number(), 1)) {
      steps.add(((Entry.Metrics) lines.get(0).entry()).step());
    }
    return steps;
  }

  private Path segment() {
    return folder.resolve("0000000000000000001.jsonl");
  }

  private List<Path> segments() {
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(path -> path.toString().endsWith(".jsonl")).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (Path file : segments()) {
      try {
        text.append(Files.readString(file, StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return text.toString();
  }
}
