package nomadml.scheduler.submit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;

/** A tracker in memory. */
public final class InMemoryRunTracker implements RunTracker {
  private final Map<String, Run> runs = new LinkedHashMap<>();
  private final Map<String, byte[]> artifacts = new HashMap<>();
  private boolean unreachable;
  private Optional<SchedulerFailure> refusal = Optional.empty();

  /** Answers no question but by this. */
  public void refuses(SchedulerFailure failure) {
    refusal = Optional.of(failure);
  }

  public void unreachable(boolean now) {
    unreachable = now;
  }

  /** Puts a run in place of the one with its id. */
  public void put(Run run) {
    runs.put(run.id(), run);
  }

  public List<Run> runs() {
    return List.copyOf(runs.values());
  }

  /** Artifacts by {@code <run>/<path>}. */
  public Map<String, byte[]> artifacts() {
    return Map.copyOf(artifacts);
  }

  @Override
  public String name() {
    return "a tracker in memory";
  }

  @Override
  public Run ensureRun(String experiment, String name, Map<String, String> tags) {
    reach();
    String submission = tags.get(Names.TAG_SUBMISSION);
    return runs.values().stream()
        .filter(run -> run.tags().getOrDefault(Names.TAG_SUBMISSION, "").equals(submission))
        .findFirst()
        .orElseGet(() -> create(experiment, name, tags));
  }

  @Override
  public Optional<Run> run(String runId) {
    reach();
    return Optional.ofNullable(runs.get(runId));
  }

  @Override
  public Optional<Run> newestOf(String jobId) {
    reach();
    return runs.values().stream()
        .filter(run -> jobId.equals(run.tags().get(Names.TAG_JOB)))
        .max(Comparator.comparing(Run::started));
  }

  @Override
  public Optional<InputStream> artifact(Run run, String path) {
    reach();
    return Optional.ofNullable(artifacts.get(run.id() + "/" + path)).map(ByteArrayInputStream::new);
  }

  /** Keeps an artifact of a run. */
  public void keep(Run run, String path, String content) {
    artifacts.put(run.id() + "/" + path, content.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void upload(Run run, String path, Path file) {
    reach();
    try {
      artifacts.put(run.id() + "/" + path, Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void setTags(Run run, Map<String, String> tags) {
    reach();
    Map<String, String> all = new HashMap<>(runs.getOrDefault(run.id(), run).tags());
    all.putAll(tags);
    put(changed(run.id(), run.status(), all, run.ended()));
  }

  @Override
  public void finish(Run run, String status, Instant when) {
    reach();
    put(changed(run.id(), status, runs.getOrDefault(run.id(), run).tags(), when));
  }

  @Override
  public List<Run> unfinished() {
    reach();
    return runs.values().stream().filter(run -> !run.hasEnded()).toList();
  }

  @Override
  public List<Run> endedSince(Instant moment) {
    reach();
    return runs.values().stream()
        .filter(run -> run.hasEnded() && run.ended().isAfter(moment))
        .toList();
  }

  @Override
  public List<Run> unannounced() {
    reach();
    return runs.values().stream()
        .filter(run -> "yes".equals(run.tags().get(Names.TAG_NOTIFY_OPEN)))
        .toList();
  }

  @Override
  public URI link(Run run) {
    return URI.create("http://tracker.test/runs/" + run.id());
  }

  private Run create(String experiment, String name, Map<String, String> tags) {
    String id = "run-" + (runs.size() + 1);
    Run run =
        new Run(id, experiment, name, "SCHEDULED", tags, Map.of(), Instant.EPOCH, Instant.EPOCH);
    put(run);
    return run;
  }

  private Run changed(String id, String status, Map<String, String> tags, Instant ended) {
    Run run = runs.get(id);
    if (run == null) {
      throw new IllegalArgumentException("there is no run " + id);
    }
    return new Run(
        id, run.experimentId(), run.name(), status, tags, run.metrics(), run.started(), ended);
  }

  private void reach() {
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    if (unreachable) {
      throw new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, name() + " does not answer", null);
    }
  }
}
