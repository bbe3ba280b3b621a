package nomadml.trainer.training;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.Suggestion;
import org.jspecify.annotations.Nullable;

/** Watches one metric: tells the best epoch, and when to stop early. */
final class Watch {
  /** How the trainer's own metrics end of which a higher value is better. */
  private static final List<String> HIGHER = List.of("_accuracy", "_f1", "_auc", "_r2");

  private final String metric;
  private final Train.@Nullable EarlyStopping stopping;
  private final boolean higherIsBetter;

  /**
   * @param names metrics that an epoch has, the default to watch first
   * @param custom of the metrics an extension brings, whether a higher value is better
   */
  Watch(Train.@Nullable EarlyStopping stopping, List<String> names, Map<String, Boolean> custom) {
    this.stopping = stopping;
    this.metric = stopping == null ? names.get(0) : stopping.metric();
    if (!names.contains(metric)) {
      throw TrainingFailure.userError(
          "train.early_stopping.metric: this training has no metric \"%s\"".formatted(metric),
          Suggestion.of(metric, names));
    }
    this.higherIsBetter = custom.getOrDefault(metric, HIGHER.stream().anyMatch(metric::endsWith));
  }

  /** Whether the metric is better than the one before. */
  boolean isBetter(double value, @Nullable Double before) {
    return isBetter(value, before, 0);
  }

  /** Whether the metric is better by enough for early stopping. */
  boolean isRecord(double value, @Nullable Double before) {
    return isBetter(value, before, stopping == null ? 0 : stopping.minimumChange());
  }

  private boolean isBetter(double value, @Nullable Double before, double change) {
    return before == null || (higherIsBetter ? value > before + change : value < before - change);
  }

  double value(Map<String, Double> metrics) {
    return Objects.requireNonNull(metrics.get(metric));
  }

  boolean endsAfter(int epochsSinceRecord) {
    return stopping != null && epochsSinceRecord >= stopping.patience();
  }
}
