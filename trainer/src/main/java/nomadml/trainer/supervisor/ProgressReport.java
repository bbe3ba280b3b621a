package nomadml.trainer.supervisor;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunStatus;
import nomadml.trainer.report.Snapshot;

/** Turns what happens in an attempt into what its run is told. */
final class ProgressReport {
  /** What describes the data and does not change when a run goes on elsewhere. */
  private static final Set<String> PARAMS =
      Set.of("data_sha256", "classes", "train_rows", "validation_rows", "test_rows", "parameters");

  private final Task task;
  private final Report report;
  private final Clock clock;
  private final Map<String, Double> values = new ConcurrentHashMap<>();
  private final Map<String, String> info = new ConcurrentHashMap<>();
  private volatile int epoch;
  private volatile int epochs;
  private volatile long heartbeat;

  ProgressReport(Task task, Report report, Clock clock) {
    this.task = task;
    this.report = report;
    this.clock = clock;
    this.epochs = task.job().train() == null ? 0 : task.job().train().epochs();
    info.put("nomad_job", task.jobId());
    info.put("allocation", task.allocation());
    info.put("node", task.node());
    info.put("device", "");
  }

  /** The attempt has begun; it is the run's first when it also tells what never changes. */
  void began(int attempt, String version) {
    report.status(RunStatus.RUNNING);
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(Names.TAG_SUBMISSION, task.submission());
    tags.put(Names.TAG_JOB, task.jobId());
    tags.put(Names.TAG_NAMESPACE, task.namespace());
    tags.put(Names.TAG_ALLOCATION, task.allocation());
    tags.put(Names.TAG_NODE, task.node());
    tags.put(Names.TAG_ATTEMPT, Integer.toString(attempt));
    tags.put("mlflow.runName", task.job().name());
    tags.put(Names.MLFLOW_COMMIT, task.gitCommit());
    tags.put("nomad_ml.version", version);
    tags.values().removeIf(String::isEmpty);
    report.tags(tags);
    Map<String, String> params = new TreeMap<>(Flattened.of(RemoteJob.shown(task.job())));
    if (!task.gitCommit().isEmpty()) {
      params.put("git_commit", task.gitCommit());
    }
    report.params(params);
    alive();
  }

  void attempt(int attempt) {
    report.tags(Map.of(Names.TAG_ATTEMPT, Integer.toString(attempt)));
  }

  /** A line of the worker. */
  void progress(Progress progress) {
    if (progress.epoch() != null) {
      epoch = progress.epoch();
    }
    if (progress.epochs() != null) {
      epochs = progress.epochs();
    }
    Map<String, Double> metrics = progress.metrics();
    switch (progress.kind()) {
      case STARTED -> started(progress);
      case STEP, EPOCH -> {
        if (metrics != null && progress.step() != null) {
          report.metrics(progress.step(), progress.timestamp(), metrics);
          values.putAll(metrics);
        }
      }
      case FINISHED -> {
        if (progress.facts() != null && progress.facts().containsKey("best_epoch")) {
          report.tags(Map.of("nomad_ml.best_epoch", progress.facts().get("best_epoch")));
        }
        if (metrics != null && progress.step() != null) {
          // The others are an epoch's, and told.
          Map<String, Double> test = new TreeMap<>(metrics);
          test.keySet().removeIf(name -> !name.startsWith("test_"));
          report.metrics(progress.step(), progress.timestamp(), test);
        }
      }
      default -> {}
    }
    alive();
  }

  private void started(Progress progress) {
    Map<String, String> facts = progress.facts() == null ? Map.of() : progress.facts();
    Map<String, String> params = new TreeMap<>();
    Map<String, String> tags = new TreeMap<>();
    facts.forEach(
        (name, value) -> {
          if (PARAMS.contains(name)) {
            params.put(name, value);
          } else if (!name.equals(UsedData.SCHEMA)) {
            tags.put("nomad_ml." + name, value);
          }
        });
    info.put("device", facts.getOrDefault("device", ""));
    report.params(params);
    report.tags(tags);
    if (task.job().train() != null) {
      UsedData.of(task.job().train().data(), facts).forEach(report::dataset);
    }
  }

  /** Values of the machine. */
  void sample(Map<String, Double> measured) {
    report.system(clock.millis(), measured);
    values.putAll(measured);
    push();
  }

  /** The worker lives. */
  void alive() {
    heartbeat = clock.millis();
    push();
  }

  /** A worker's failure; also when it is tried again. */
  void failed(Failure failure) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(Names.TAG_CAUSE, failure.cause().word());
    tags.put(Names.TAG_EVIDENCE, failure.message());
    if (failure.exitCode() != null) {
      tags.put(Names.TAG_EXIT_CODE, Integer.toString(failure.exitCode()));
    }
    report.tags(tags);
  }

  /**
   * What the Pushgateway groups the run's values by; empty while the run is not known, for a group
   * of another name would be nobody's.
   */
  Optional<String> group() {
    if (task.runId() != null) {
      return Optional.of(task.runId());
    }
    Optional<String> run = report.run().map(RunAddress::runId);
    return run.isEmpty() && task.local() ? Optional.of(task.submission()) : run;
  }

  private void push() {
    Optional<String> group = group();
    if (group.isEmpty()) {
      return;
    }
    Map<String, String> labels = new TreeMap<>(info);
    labels.put("mlflow_run", report.run().map(RunAddress::runId).orElse(""));
    report.gauges(
        new Snapshot(
            group.get(),
            task.job().experiment(),
            task.model(),
            labels,
            epoch,
            epochs,
            Map.copyOf(values),
            report.backlog(),
            heartbeat));
  }
}
