package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;

/**
 * What a run tells the outside. Nothing here waits for a server or throws because of one: what is
 * told is kept in order in the run folder's spool, and one thread sends it on, for as long as it
 * takes. Writing is forbidden at first; what is told before {@link #allowWriting()} stays in the
 * spool.
 */
public final class Report implements AutoCloseable {
  private static final String SPOOL = "spool";
  private static final String IDENTITY = "identity.json";
  private static final String METRICS = "metrics.csv";
  private static final int CHUNK = 500;

  private final Path metricsCsv;
  private final Clock clock;
  private final Consumer<String> warnings;
  private final Timeline told = new Timeline();
  private final MetricLog log;
  private final Spool spool;
  private final Sender sender;
  private final GaugePusher gauges;

  /**
   * Opens the report of an attempt: what earlier attempts left in the run folder is sent first.
   *
   * @param runFolder its {@code spool/} and {@code metrics.csv} are this report's
   * @param clock for the timestamps of statuses
   * @param warnings told once when something goes wrong, and once when it is over
   * @throws IOException when the run folder can't be made or read
   */
  public Report(
      Path runFolder,
      RunIdentity identity,
      Tracker tracker,
      Gauges gauges,
      Clock clock,
      Consumer<String> warnings)
      throws IOException {
    this(runFolder, identity, tracker, gauges, clock, warnings, Pace.USUAL, Spool.Limits.USUAL);
  }

  Report(
      Path runFolder,
      RunIdentity identity,
      Tracker tracker,
      Gauges gauges,
      Clock clock,
      Consumer<String> warnings,
      Pace pace,
      Spool.Limits limits)
      throws IOException {
    this.clock = clock;
    this.warnings = warnings;
    metricsCsv = runFolder.resolve(METRICS);
    log = new MetricLog(metricsCsv);
    Path folder = runFolder.resolve(SPOOL);
    spool = new Spool(folder, log, limits, warnings);
    Refusals refusals = new Refusals(folder.resolve("refused.jsonl"), warnings);
    sender = new Sender(spool, identity, tracker, refusals, pace, warnings);
    this.gauges = new GaugePusher(gauges, pace, warnings);
    remember(identity, folder);
    recall();
    spool.start();
    sender.start();
    this.gauges.start();
  }

  /** The identity of the run whose report is in a folder; empty when none is. */
  public static Optional<RunIdentity> identity(Path runFolder) throws IOException {
    Path file = runFolder.resolve(SPOOL).resolve(IDENTITY);
    return Files.exists(file)
        ? Optional.of(Json.MAPPER.readValue(file.toFile(), RunIdentity.class))
        : Optional.empty();
  }

  /**
   * Values of a training step. A step at or before the last one told of the same key is dropped: a
   * resumed training repeats none.
   *
   * @param timestamp milliseconds since 1970; a key's never go backwards in the run
   */
  public void metrics(long step, long timestamp, Map<String, Double> values) {
    told.advance(new Entry.Metrics(step, timestamp, Keys.valid(values))).ifPresent(this::tell);
  }

  /** Values of the machine; their step is a counter that goes on over all attempts. */
  public void system(long timestamp, Map<String, Double> values) {
    if (!values.isEmpty()) {
      tell(new Entry.Sample(timestamp, Keys.valid(values)));
    }
  }

  public void params(Map<String, String> params) {
    if (!params.isEmpty()) {
      tell(new Entry.Params(Keys.valid(params)));
    }
  }

  public void tags(Map<String, String> tags) {
    if (!tags.isEmpty()) {
      tell(new Entry.Tags(Keys.valid(tags)));
    }
  }

  /** Stores a file or folder among the run's artifacts; it must stay there until it is sent. */
  public void artifact(String path, Path source) {
    tell(new Entry.Artifact(path, source.toAbsolutePath().toString()));
  }

  /** A data set the run uses; telling it again changes nothing. */
  public void dataset(Dataset dataset) {
    tell(new Entry.Used(dataset));
  }

  /** Makes a model folder among the artifacts a version of a registered model, with its digest. */
  public void register(String model, String artifactPath, @Nullable String digest) {
    tell(new Entry.Register(model, artifactPath, digest));
  }

  /** The first word of an attempt, RUNNING, or its last. */
  public void status(RunStatus status) {
    tell(new Entry.Status(status, clock.millis()));
  }

  /** The newest values, pushed at most once a second and again every ten seconds. */
  public void gauges(Snapshot snapshot) {
    gauges.offer(snapshot);
  }

  /** This attempt is the run's only writer. */
  public void allowWriting() {
    sender.allow(true);
    gauges.allow(true);
  }

  /** This attempt may no longer write: what is told stays in the spool. */
  public void forbidWriting() {
    sender.allow(false);
    gauges.allow(false);
  }

  /** Waits until the server has everything told; false when the time is over first. */
  public boolean drain(Duration deadline) {
    sender.hurry(true);
    try {
      return spool.awaitAcknowledged(deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      sender.hurry(false);
    }
  }

  /** The run, once the server has been reached. */
  public Optional<RunAddress> run() {
    return sender.run();
  }

  /**
   * Writes what no server has yet into a folder, as {@code spool-tail.jsonl}, and beside it {@code
   * metrics.csv}, so that both travel with a checkpoint. Artifacts do not travel.
   */
  public void copyTail(Path folder) {
    try {
      Files.createDirectories(folder);
      spool.copyLog(metricsCsv, folder.resolve(METRICS));
      Tail.write(spool, folder.resolve(Tail.NAME));
    } catch (IOException e) {
      warnings.accept(
          "the end of the spool can't be copied into %s: %s".formatted(folder, e.getMessage()));
    }
  }

  /** Takes in what {@link #copyTail} wrote on another node. Call it before anything is told. */
  public void adopt(Path folder) {
    sender.earlierUpTo(Long.MAX_VALUE);
    try {
      MetricLog.read(folder.resolve(METRICS), CHUNK, points -> logNew(metrics(points)));
      Tail.read(folder.resolve(Tail.NAME), CHUNK, this::adopt);
    } catch (IOException e) {
      warnings.accept(
          "the end of the spool can't be taken from %s: %s".formatted(folder, e.getMessage()));
    }
    sender.earlierUpTo(spool.last());
    sender.wake();
  }

  /** Every point ever told by {@link #metrics}: step, timestamp, value, key. */
  public Path metricsCsv() {
    return metricsCsv;
  }

  /** Whether anything was ever told by {@link #metrics}; a full disk may still lack the file. */
  public boolean hasMetrics() {
    return !told.isEmpty();
  }

  /** Whether the newest try to send something failed; it goes on trying. */
  public boolean isFailing() {
    return sender.isFailing();
  }

  /** How many entries no server has yet. */
  public long backlog() {
    return spool.backlog();
  }

  /**
   * Waits until the disk has what no server has.
   *
   * @return how many reports neither of them has when the time is over: they end with this process
   */
  public long awaitKept(Duration atMost) {
    try {
      return spool.awaitKept(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /** How many reports there was no room for, since the disk could last be written. */
  public long dropped() {
    return spool.dropped();
  }

  /** Writes what is in memory to the spool and ends; nothing more is sent. */
  @Override
  public void close() {
    gauges.close();
    sender.close();
    spool.close();
  }

  private void tell(Entry entry) {
    spool.append(entry);
    sender.wake();
  }

  private void remember(RunIdentity identity, Path folder) {
    try {
      Json.MAPPER.writeValue(folder.resolve(IDENTITY).toFile(), identity);
    } catch (IOException e) {
      warnings.accept("%s can't be written: %s".formatted(folder, e.getMessage()));
    }
  }

  /** What the metric log has, and what a crash kept from it though the spool has it. */
  private void recall() throws IOException {
    MetricLog.read(metricsCsv, CHUNK, points -> points.forEach(told::seen));
    long after = 0;
    for (List<Line> lines = spool.read(after, CHUNK);
        !lines.isEmpty();
        lines = spool.read(after, CHUNK)) {
      after = lines.get(lines.size() - 1).number();
      try {
        logNew(lines.stream().map(Line::entry).toList());
      } catch (IOException e) {
        warnings.accept("%s can't be written: %s".formatted(metricsCsv, e.getMessage()));
      }
    }
  }

  /** Artifacts of another node are only taken when they are here too. */
  private void adopt(List<Entry> entries) throws IOException {
    logNew(entries);
    spool.adopt(
        entries.stream()
            .filter(
                entry ->
                    !(entry instanceof Entry.Artifact artifact)
                        || Files.exists(Path.of(artifact.source())))
            .toList());
  }

  private void logNew(List<? extends Entry> entries) throws IOException {
    List<Entry.Metrics> missing = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Metrics metrics) {
        told.advance(metrics).ifPresent(missing::add);
      }
    }
    spool.log(missing);
  }

  private static List<Entry.Metrics> metrics(List<Batch.Point> points) {
    return points.stream()
        .map(
            point ->
                new Entry.Metrics(
                    point.step(), point.timestamp(), Map.of(point.key(), point.value())))
        .toList();
  }
}
