package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A tracking server of one run in memory, with MLflow's rules, that can be broken on purpose. */
public final class InMemoryTracker implements Tracker {
  public static final RunAddress RUN = new RunAddress("1", "run-1");

  private final Set<Batch.Point> points = new LinkedHashSet<>();
  private final Map<String, String> params = new TreeMap<>();
  private final Map<String, String> tags = new TreeMap<>();
  private final Map<String, String> artifacts = new TreeMap<>();
  private final List<String> calls = new ArrayList<>();
  private Predicate<Batch.Point> refused = point -> false;
  private Mode mode = Mode.WELL;

  /** How it behaves. */
  public enum Mode {
    WELL,
    /** Every call fails. */
    DOWN,
    /** Every call waits until the mode changes. */
    HANGING,
    /** Points are taken, but the caller never learns. */
    REPLY_LOST
  }

  public synchronized void mode(Mode mode) {
    this.mode = mode;
    notifyAll();
  }

  public synchronized void refuse(Predicate<Batch.Point> points) {
    refused = points;
  }

  /** Each call that changed something, such as {@code log 3 points} or {@code status FINISHED}. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  public synchronized List<Batch.Point> points() {
    return List.copyOf(points);
  }

  public synchronized List<Batch.Point> points(String key) {
    return points.stream().filter(point -> point.key().equals(key)).toList();
  }

  public synchronized Map<String, String> params() {
    return Map.copyOf(params);
  }

  public synchronized Map<String, String> tags() {
    return Map.copyOf(tags);
  }

  /** Content by path. */
  public synchronized Map<String, String> artifacts() {
    return Map.copyOf(artifacts);
  }

  @Override
  public synchronized RunAddress ensureRun(RunIdentity identity) throws IOException {
    behave();
    tags.putIfAbsent("submission", identity.submission());
    return RUN;
  }

  @Override
  public synchronized Map<String, Batch.Point> lastPoints(RunAddress run) throws IOException {
    behave();
    Map<String, Batch.Point> last = new LinkedHashMap<>();
    points.stream()
        .sorted(Comparator.comparingLong(Batch.Point::step))
        .forEach(point -> last.put(point.key(), point));
    return last;
  }

  @Override
  public synchronized void log(RunAddress run, Batch batch) throws IOException {
    behave();
    if (batch.points().size() > 1000) {
      throw new RefusedException("more than 1000 points");
    }
    for (Map.Entry<String, String> param : batch.params().entrySet()) {
      String value = params.get(param.getKey());
      if (value != null && !value.equals(param.getValue())) {
        throw new RefusedException("params can't change: " + param.getKey());
      }
    }
    if (batch.points().stream().anyMatch(refused)) {
      throw new RefusedException("not a metric");
    }
    calls.add("log " + batch.points().size() + " points");
    points.addAll(batch.points());
    params.putAll(batch.params());
    tags.putAll(batch.tags());
    if (mode == Mode.REPLY_LOST) {
      throw new IOException("connection reset");
    }
  }

  @Override
  public synchronized void upload(RunAddress run, String path, Path source) throws IOException {
    behave();
    calls.add("upload " + path);
    if (Files.isRegularFile(source)) {
      artifacts.put(path, Files.readString(source));
      return;
    }
    try (Stream<Path> tree = Files.walk(source)) {
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        artifacts.put(path + "/" + source.relativize(file), Files.readString(file));
      }
    }
  }

  @Override
  public synchronized void use(RunAddress run, Dataset dataset) throws IOException {
    behave();
    calls.add("use %s for %s".formatted(dataset.name(), dataset.context()));
  }

  @Override
  public synchronized String register(
      RunAddress run, String model, String path, @Nullable String digest) throws IOException {
    behave();
    calls.add("register %s %s %s".formatted(model, path, digest));
    return "1";
  }

  @Override
  public synchronized void setStatus(RunAddress run, RunStatus status, long timestamp)
      throws IOException {
    behave();
    calls.add("status " + status);
  }

  private void behave() throws IOException {
    while (mode == Mode.HANGING) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
    }
    if (mode == Mode.DOWN) {
      throw new IOException("connection refused");
    }
  }
}
