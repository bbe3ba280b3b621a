package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;
import nomadml.trainer.extension.MetricProvider;
import org.jspecify.annotations.Nullable;

/** Measures a network on rows it was not trained on. */
final class Evaluation {
  private final NDManager manager;
  private final Batches batches;
  private final Objective objective;
  private final DataSet data;
  private final int batchSize;
  private final List<Train.Metric> wanted;
  private final Statistics statistics;
  private final List<MetricProvider> custom;

  /**
   * @param statistics by which the targets of a regression were standardised
   * @param custom metrics that extensions bring
   */
  Evaluation(
      NDManager manager,
      Batches batches,
      Objective objective,
      DataSet data,
      Statistics statistics,
      Train job,
      List<MetricProvider> custom) {
    this.statistics = statistics;
    this.custom = custom;
    this.manager = manager;
    this.batches = batches;
    this.objective = objective;
    this.data = data;
    this.batchSize = batches.evaluationSize(job.batchSize());
    this.wanted = data.isClassification() ? job.metrics() : List.of();
  }

  /**
   * What was measured.
   *
   * @param scores null in regression, and when none were wanted
   */
  record Result(Map<String, Double> metrics, @Nullable Scores scores) {}

  /** What is watched of the metrics an epoch has. */
  Watch watch(Train job) {
    List<String> names = new ArrayList<>(objective.names(job.metrics()));
    Map<String, Boolean> directions = new HashMap<>();
    if (data.validationRows().length > 0) {
      custom.forEach(
          metric -> directions.put("validation_" + metric.name(), metric.higherIsBetter()));
    }
    for (String name : directions.keySet()) {
      if (names.contains(name)) {
        throw TrainingFailure.userError(
            "train.custom_metrics: %s is a metric of the trainer's own".formatted(name),
            "give the extension's metric another name");
      }
    }
    names.addAll(directions.keySet());
    return new Watch(job.earlyStopping(), names, directions);
  }

  /** The metrics an epoch is judged by; null when a stop was asked for meanwhile. */
  @Nullable Result ofEpoch(Network network, BooleanSupplier stopRequested) {
    return measure(network, "validation", data.validationRows(), !wanted.isEmpty(), stopRequested);
  }

  /** All there is to say about a split. */
  Result complete(Network network, String split, int[] rows) {
    Result result = measure(network, split, rows, data.isClassification(), () -> false);
    if (result == null) {
      throw new IllegalStateException("nobody asked for a stop");
    }
    return result;
  }

  private @Nullable Result measure(
      Network network, String split, int[] rows, boolean score, BooleanSupplier stopRequested) {
    network.evaluationMode();
    objective.restart(List.of());
    Scores scores =
        score ? new Scores(data.classes().size(), wanted.contains(Train.Metric.AUC)) : null;
    HeldOut seen = custom.isEmpty() ? null : new HeldOut(data, statistics, rows);
    batches.follow(rows, 0, batchSize);
    for (int from = 0; from < rows.length; from += batchSize) {
      if (stopRequested.getAsBoolean()) {
        return null;
      }
      int to = Math.min(rows.length, from + batchSize);
      try (NDManager scope = manager.newSubManager()) {
        Batches.Batch batch = batches.next(scope, from, to);
        NDArray output = network.logits(batch);
        objective.heldOutLoss(output, batch.targets());
        if (scores != null) {
          scores.add(output.toFloatArray(), targets(rows, from, to));
        }
        if (seen != null) {
          seen.add(output.toFloatArray(), from, to);
        }
      }
    }
    Map<String, Double> metrics = new TreeMap<>(objective.metrics(split, rows));
    if (scores != null) {
      metrics.putAll(scores.metrics(split, wanted));
    }
    if (seen != null) {
      for (MetricProvider metric : custom) {
        metrics.put(split + "_" + metric.name(), seen.measure(metric));
      }
    }
    return new Result(metrics, scores);
  }

  private int[] targets(int[] rows, int from, int to) {
    int[] targets = new int[to - from];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (int) data.targets()[rows[from + i]];
    }
    return targets;
  }
}
