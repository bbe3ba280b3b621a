package nomadml.trainer.checkpoint;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a training stands, beside its tensors.
 *
 * @param epoch completed epochs
 * @param batch completed batches of the epoch under way
 * @param step completed optimizer steps
 * @param samples seen since the first step
 * @param totals sums over the epoch under way, from which its metrics come
 * @param best the best epoch that has a checkpoint; null before the first
 * @param record what early stopping compares with; null before the first epoch
 * @param epochsSinceRecord for early stopping
 * @param stoppedEarly the watched metric had not become better for long enough: no epoch follows
 * @param plateau how far a plateau's schedule has come
 */
public record TrainingState(
    int epoch,
    int batch,
    long step,
    long samples,
    List<Double> totals,
    @Nullable Best best,
    @Nullable Double record,
    int epochsSinceRecord,
    boolean stoppedEarly,
    Plateau plateau) {

  /** Before the first step. */
  public static final TrainingState START =
      new TrainingState(0, 0, 0, 0, List.of(), null, null, 0, false, Plateau.START);

  /** An epoch and its watched metric. */
  public record Best(int epoch, long step, double value, Map<String, Double> metrics) {}

  /**
   * The learning rate of a plateau's schedule.
   *
   * @param factor the rate is multiplied by
   * @param epochs since the watched metric was better than ever, or the rate fell
   */
  public record Plateau(double factor, int epochs) {
    static final Plateau START = new Plateau(1, 0);
  }
}
