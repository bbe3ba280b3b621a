package nomadml.trainer.training;

import nomadml.spec.Train;

/** The learning rate of each step. */
final class LearningRate {
  private final Train.Optimizer optimizer;
  private final int epochs;

  LearningRate(Train.Optimizer optimizer, int epochs) {
    this.optimizer = optimizer;
    this.epochs = epochs;
  }

  /**
   * The rate of a step.
   *
   * @param epoch completed epochs with the fraction of the one under way
   * @param stepLength of one step in epochs
   */
  double at(double epoch, double stepLength) {
    Train.Schedule schedule = optimizer.schedule();
    double rate = optimizer.learningRate();
    double warmup = schedule.warmupEpochs();
    if (epoch + stepLength / 2 < warmup) {
      return rate * Math.min(1, (epoch + stepLength) / warmup); // The first step moves, too.
    }
    return switch (schedule.type()) {
      case CONSTANT -> rate;
      case STEP ->
          rate
              * Math.pow(
                  schedule.factor(), Math.floor((epoch + stepLength / 2) / schedule.stepEpochs()));
      case COSINE -> {
        double progress = Math.min(1, (epoch - warmup) / Math.max(stepLength, epochs - warmup));
        yield schedule.minimum()
            + (rate - schedule.minimum()) * (1 + Math.cos(Math.PI * progress)) / 2;
      }
    };
  }
}
