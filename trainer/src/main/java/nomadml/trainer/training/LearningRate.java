package nomadml.trainer.training;

import nomadml.spec.Train;
import nomadml.trainer.checkpoint.TrainingState;

/** The learning rate of each step. */
final class LearningRate {
  private final Train.Optimizer optimizer;
  private final int epochs;

  LearningRate(Train.Optimizer optimizer, int epochs) {
    this.optimizer = optimizer;
    this.epochs = epochs;
  }

  /**
   * The rate of a step; a plateau's falls come on top of it.
   *
   * @param epoch completed epochs with the fraction of the one under way
   * @param stepLength of one step in epochs
   */
  double at(double epoch, double stepLength) {
    Train.Schedule schedule = optimizer.schedule();
    double rate = optimizer.learningRate();
    double warmup = schedule.warmupEpochs();
    if (schedule.type() != Train.Shape.ONE_CYCLE && epoch + stepLength / 2 < warmup) {
      return rate * Math.min(1, (epoch + stepLength) / warmup); // The first step moves, too.
    }
    return switch (schedule.type()) {
      case CONSTANT, PLATEAU -> rate;
      case STEP ->
          rate
              * Math.pow(
                  schedule.factor(), Math.floor((epoch + stepLength / 2) / schedule.stepEpochs()));
      case COSINE ->
          cosine(
              rate, schedule.minimum(), (epoch - warmup) / Math.max(stepLength, epochs - warmup));
      case ONE_CYCLE -> oneCycle(rate, epoch / epochs, warmup == 0 ? 0.3 : warmup / epochs);
    };
  }

  /** What an epoch without or with a better value makes of a plateau's fall. */
  TrainingState.Plateau after(TrainingState.Plateau plateau, boolean better) {
    Train.Schedule schedule = optimizer.schedule();
    if (schedule.type() != Train.Shape.PLATEAU || better) {
      return new TrainingState.Plateau(plateau.factor(), 0);
    }
    return plateau.epochs() + 1 < schedule.patience()
        ? new TrainingState.Plateau(plateau.factor(), plateau.epochs() + 1)
        : new TrainingState.Plateau(plateau.factor() * schedule.factor(), 0);
  }

  /** Smith and Topin 2018, with the cosines and factors of PyTorch's {@code OneCycleLR}. */
  private static double oneCycle(double peak, double progress, double rise) {
    double start = peak / 25;
    double end = start / 1e4;
    return progress < rise
        ? cosine(start, peak, progress / rise)
        : cosine(peak, end, (progress - rise) / Math.max(1e-9, 1 - rise));
  }

  private static double cosine(double from, double to, double progress) {
    return to + (from - to) * (1 + Math.cos(Math.PI * Math.min(1, progress))) / 2;
  }
}
