package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a run tells the outside. Nothing here waits for a server or throws because of one: what is
 * told is kept in order in the run folder's spool, and one thread sends it on, for as long as it
 * takes. Writing is forbidden at first; what is told before {@link #allowWriting()} stays in the
 * spool.
 */
public final class Report implements AutoCloseable {
  private final Path runFolder;

  /**
   * Opens the report of an attempt: what an earlier attempt left in the run folder is sent first.
   *
   * @param runFolder its {@code spool/} and {@code metrics.csv} are this report's
   * @param clock for the timestamps of statuses
   * @param warnings told once when something goes wrong, and once when it is over
   * @throws IOException when the run folder can't be read or made
   */
  public Report(
      Path runFolder,
      RunIdentity identity,
      Tracker tracker,
      Gauges gauges,
      Clock clock,
      Consumer<String> warnings)
      throws IOException {
    this.runFolder = runFolder;
  }

  /**
   * Values of a training step. A step at or before the last one told of the same key is dropped: a
   * resumed training repeats none.
   *
   * @param timestamp milliseconds since 1970; a key's never go backwards in the run
   */
  public void metrics(long step, long timestamp, Map<String, Double> values) {}

  /** Values of the machine; their step is a counter that goes on over all attempts. */
  public void system(long timestamp, Map<String, Double> values) {}

  public void params(Map<String, String> params) {}

  public void tags(Map<String, String> tags) {}

  /** Stores a file or folder among the run's artifacts; it must stay there until it is sent. */
  public void artifact(String path, Path source) {}

  /** Makes a model folder among the artifacts a version of a registered model. */
  public void register(String model, String artifactPath) {}

  /** The last word of an attempt, or RUNNING as its first. */
  public void status(RunStatus status) {}

  /** The newest values, pushed at most once a second and again every ten seconds. */
  public void gauges(Snapshot snapshot) {}

  /** This attempt is the run's only writer. */
  public void allowWriting() {}

  /** This attempt may no longer write: what is told stays in the spool. */
  public void forbidWriting() {}

  /** Waits until everything told is with the server; false when the time is over first. */
  public boolean drain(Duration deadline) {
    return true;
  }

  /** The run, once the server has been reached. */
  public Optional<RunAddress> run() {
    return Optional.empty();
  }

  /**
   * Writes what no server has yet into a folder, as {@code spool-tail.jsonl}, and beside it {@code
   * metrics.csv}, so that it travels with a checkpoint.
   */
  public void copyTail(Path folder) {}

  /** Takes in what {@link #copyTail} wrote on another node. Call it before anything is told. */
  public void adopt(Path folder) {}

  /** Every point ever told by {@link #metrics}: key, step, timestamp, value. */
  public Path metricsCsv() {
    return runFolder.resolve("metrics.csv");
  }

  /** How many entries no server has yet. */
  public long backlog() {
    return 0;
  }

  /** Writes what is in memory to the spool and ends; nothing more is sent. */
  @Override
  public void close() {}
}
