package nomadml.trainer.supervisor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import nomadml.spec.Environment;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.log.LogFormat;
import nomadml.spec.log.LogLine;
import org.jspecify.annotations.Nullable;

/**
 * The supervisor's two output streams, shared by the worker's words and its own. A line never
 * begins in the middle of somebody else's. A reader that is gone is no reason to stop.
 */
public final class Output {
  private static final String RUN = "run_id";
  private static final String ATTEMPT = "attempt";

  private final Channel out;
  private final Channel error;
  private final RunLog log;
  private final Clock clock;
  private final LogFormat format;
  private final Map<String, String> facts = new ConcurrentSkipListMap<>();
  private volatile Supplier<Optional<String>> run = Optional::empty;

  /**
   * The streams, and the log in the run folder, which gets both.
   *
   * @throws IOException when the log's folder can't be made
   */
  public Output(
      OutputStream out, OutputStream error, RunFolder folder, Clock clock, LogFormat format)
      throws IOException {
    int earlier = folder.verdict().isEmpty() ? folder.attempts().attempt() : 0;
    this.log = new RunLog(folder.resolve("log"), earlier);
    this.out = new Channel(out, log);
    this.error = new Channel(error, log);
    this.clock = clock;
    this.format = format;
  }

  /** Every line of the supervisor's own says whose it is. */
  public void tellOf(Task task) {
    tell("job", task.submission());
    tell(RUN, task.runId() == null ? "" : task.runId());
    tell("allocation", task.allocation());
  }

  /** A run that could not be made at submission is known later. */
  void tellOfRun(Supplier<Optional<String>> found) {
    run = found;
  }

  void tellOfAttempt(int number) {
    tell(ATTEMPT, Integer.toString(number));
  }

  private void tell(String fact, String value) {
    if (!value.isEmpty()) {
      facts.put(fact, value);
    }
  }

  private Map<String, String> facts() {
    run.get().ifPresent(id -> tell(RUN, id));
    return facts;
  }

  /** What the trainer's worker needs to log as this process does. */
  Map<String, String> environment() {
    Map<String, String> known = facts();
    return Map.of(
        Environment.LOG,
        format.word(),
        Environment.RUN_ID,
        known.getOrDefault(RUN, ""),
        Environment.ATTEMPT,
        known.getOrDefault(ATTEMPT, ""));
  }

  /** Something the user should know; the training goes on. */
  public void warning(String message) {
    progress(line(Progress.Kind.WARNING, Map.of(), message));
  }

  /** Something an operator may want to know. */
  public void info(String message) {
    log(new LogLine(clock.instant(), LogLine.Level.INFO, "supervisor", message, Map.of(), null));
  }

  /** A line of this process or of a library in it, to stderr. */
  public void log(LogLine said) {
    Map<String, String> all = new LinkedHashMap<>(facts());
    all.putAll(said.facts());
    LogLine line =
        new LogLine(
            said.time(), said.level(), said.logger(), said.message(), all, said.exception());
    error.line(format == LogFormat.JSON ? line.json() : line.text(ZoneId.systemDefault(), false));
  }

  /** A line of the supervisor's own. */
  Progress line(Progress.Kind kind, Map<String, String> facts, @Nullable String message) {
    return new Progress(kind, clock.millis(), null, null, null, null, facts, null, message, null);
  }

  /** The files this attempt has written so far, the newest first. */
  List<Path> logFiles() {
    return log.files();
  }

  /** The files of earlier attempts on this node, the oldest first. */
  List<Path> earlierLogs() {
    try {
      return log.earlier();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The log is complete: its files, the newest first. */
  List<Path> closeLog() {
    out.flushLog();
    error.flushLog();
    log.end();
    return log.files();
  }

  /** A piece of the worker's stdout, as it is. */
  void pass(byte[] bytes, int length) {
    out.pass(bytes, length);
  }

  /** A piece of the worker's stderr, as it is. */
  void passError(byte[] bytes, int length) {
    error.pass(bytes, length);
  }

  /** A progress line, as soon as the worker's line is over. */
  void progress(Progress progress) {
    out.line(ProgressLine.write(progress, facts()));
  }

  /** Nothing more comes from the worker. */
  void endLine() {
    out.endLine();
    error.endLine();
  }
}
