package nomadml.trainer.training;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.checkpoint.TrainingState;
import nomadml.trainer.data.Suggestion;
import org.jspecify.annotations.Nullable;

/** Watches one metric: tells the best epoch, and when to stop early. */
final class Watch {
  private final String metric;
  private final Train.@Nullable EarlyStopping stopping;

  /**
   * @param names metrics that an epoch has, the default to watch first
   */
  Watch(Train.@Nullable EarlyStopping stopping, List<String> names) {
    this.stopping = stopping;
    this.metric = stopping == null ? names.get(0) : stopping.metric();
    if (!names.contains(metric)) {
      throw TrainingFailure.userError(
          "train.early_stopping.metric: this training has no metric \"%s\"".formatted(metric),
          Suggestion.of(metric, names));
    }
  }

  /** Whether the metric is better than the best before by more than the minimum change. */
  boolean isBetter(Map<String, Double> metrics, TrainingState.@Nullable Best best) {
    double value = value(metrics);
    double change = stopping == null ? 0 : stopping.minimumChange();
    return best == null
        || (higherIsBetter() ? value > best.value() + change : value < best.value() - change);
  }

  double value(Map<String, Double> metrics) {
    return Objects.requireNonNull(metrics.get(metric));
  }

  boolean endsAfter(int epochsSinceBest) {
    return stopping != null && epochsSinceBest >= stopping.patience();
  }

  private boolean higherIsBetter() {
    return metric.endsWith("_accuracy") || metric.endsWith("_r2");
  }
}
