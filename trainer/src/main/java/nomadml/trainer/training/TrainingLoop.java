package nomadml.trainer.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import nomadml.spec.FailureCause;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.checkpoint.Checkpoint;
import nomadml.trainer.checkpoint.CheckpointStore;
import nomadml.trainer.checkpoint.TrainingState;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Permutation;

/**
 * Epochs of steps. Everything random follows from the seed, the epoch and the step, so that a
 * resumed training goes on as if it had not been interrupted.
 */
final class TrainingLoop {
  static final String NETWORK = "network.pt";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final int EVALUATION_BATCH = 512;

  private final Train job;
  private final Network network;
  private final WeightUpdate update;
  private final Batches batches;
  private final Objective objective;
  private final DataSet data;
  private final CheckpointStore store;
  private final Reporter reporter;
  private final BooleanSupplier stopRequested;
  private final NDManager manager;
  private final Watch watch;
  private final LearningRate learningRate;
  private final PtNDArray one;
  private final int batchesPerEpoch;
  private final boolean usesRandomNumbers;
  private long safeStep;
  private boolean stopped;

  TrainingLoop(
      Train job,
      Network network,
      WeightUpdate update,
      Batches batches,
      Objective objective,
      DataSet data,
      CheckpointStore store,
      Reporter reporter,
      BooleanSupplier stopRequested,
      NDManager manager) {
    this.job = job;
    this.network = network;
    this.update = update;
    this.batches = batches;
    this.objective = objective;
    this.data = data;
    this.store = store;
    this.reporter = reporter;
    this.stopRequested = stopRequested;
    this.manager = manager;
    this.watch = new Watch(job.earlyStopping(), objective.names());
    this.learningRate = new LearningRate(job.optimizer(), job.epochs());
    this.one = (PtNDArray) manager.ones(new Shape());
    this.batchesPerEpoch = (data.trainRows().length + job.batchSize() - 1) / job.batchSize();
    this.usesRandomNumbers =
        job.model().dropout() > 0 || job.model().type() == Train.Architecture.TORCHSCRIPT;
  }

  /** No epoch follows. */
  boolean isEnd(TrainingState state) {
    return state.stoppedEarly() || state.epoch() >= job.epochs();
  }

  /** Trains on from a checkpoint to the end, or until a stop is asked for. */
  TrainingState run(Optional<Checkpoint> checkpoint) throws IOException {
    TrainingState state = TrainingState.START;
    if (checkpoint.isPresent()) {
      state = checkpoint.get().state();
      safeStep = state.step();
      update.read(manager, checkpoint.get().folder().resolve(OPTIMIZER));
      reporter.resumed(
          state.epoch(),
          job.epochs(),
          state.step(),
          Map.of("checkpoint", checkpoint.get().folder().toString()));
    }
    while (!isEnd(state)) {
      state = epoch(state);
      if (stopped) {
        return state;
      }
    }
    return state;
  }

  /** One epoch, or what is left of it; a stop leaves it in the middle. */
  private TrainingState epoch(TrainingState start) throws IOException {
    int[] order = Permutation.ofEpoch(data.trainRows(), job.seed(), start.epoch());
    network.trainingMode();
    objective.restart(start.totals());
    long begin = System.nanoTime();
    long samples = start.samples();
    double rate = rate(start.epoch(), batchesPerEpoch - 1);
    for (int batch = start.batch(); batch < batchesPerEpoch; batch++) {
      if (stopRequested.getAsBoolean()) {
        return stopped(start, batch, samples, objective.totals());
      }
      int from = batch * job.batchSize();
      int to = Math.min(order.length, from + job.batchSize());
      long step = start.step() + batch - start.batch() + 1;
      rate = rate(start.epoch(), batch);
      boolean log = job.logEverySteps() > 0 && step % job.logEverySteps() == 0;
      double loss = step(order, from, to, rate, step, log);
      samples += to - from;
      if (log) {
        reporter.step(
            start.epoch(),
            job.epochs(),
            step,
            progress(
                Map.of("batch_loss", finite(loss, step)),
                rate,
                samples,
                perSecond(samples - start.samples(), begin)));
      }
    }
    long step = start.step() + batchesPerEpoch - start.batch();
    double speed = perSecond(samples - start.samples(), begin);
    List<Double> totals = objective.totals();
    finite(totals.get(0), step);
    Map<String, Double> measured = new LinkedHashMap<>(objective.trainMetrics());
    if (data.validationRows().length > 0) {
      if (!validate()) {
        return stopped(start, batchesPerEpoch, samples, totals);
      }
      finite(objective.totals().get(0), step);
      measured.putAll(objective.validationMetrics());
    }
    Map<String, Double> metrics = progress(measured, rate, samples, speed);
    TrainingState state = after(start, step, samples, metrics);
    reporter.epoch(state.epoch(), job.epochs(), step, metrics);
    if (state.stoppedEarly() || isDue(state.epoch())) {
      checkpoint(state);
    }
    return state;
  }

  private double rate(int epoch, int batch) {
    return learningRate.at(epoch + (double) batch / batchesPerEpoch, 1.0 / batchesPerEpoch);
  }

  private double step(int[] order, int from, int to, double rate, long step, boolean readLoss) {
    if (usesRandomNumbers) {
      Engine.getEngine("PyTorch").setRandomSeed(Long.hashCode(job.seed() * 1_000_003 + step));
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray rows = Batches.rows(scope, order, from, to);
      NDArray output = network.logits(batches.features(scope, rows));
      NDArray loss = objective.loss(output, batches.targets(scope, rows));
      JniUtils.backward((PtNDArray) loss, one, false, false);
      update.apply(rate);
      return readLoss ? loss.getFloat() : 0;
    }
  }

  /** Sums over the validation rows; false when a stop was asked for meanwhile. */
  private boolean validate() {
    network.evaluationMode();
    objective.restart(List.of());
    int[] rows = data.validationRows();
    for (int from = 0; from < rows.length; from += EVALUATION_BATCH) {
      if (stopRequested.getAsBoolean()) {
        return false;
      }
      int to = Math.min(rows.length, from + EVALUATION_BATCH);
      try (NDManager scope = manager.newSubManager()) {
        NDArray chosen = Batches.rows(scope, rows, from, to);
        NDArray output = network.logits(batches.features(scope, chosen));
        objective.loss(output, batches.targets(scope, chosen));
      }
    }
    return true;
  }

  private TrainingState after(
      TrainingState start, long step, long samples, Map<String, Double> metrics) {
    int epoch = start.epoch() + 1;
    double value = watch.value(metrics);
    boolean record = watch.isRecord(value, start.record());
    int epochsSinceRecord = record ? 0 : start.epochsSinceRecord() + 1;
    boolean stoppedEarly = watch.endsAfter(epochsSinceRecord);
    TrainingState.Best best = start.best();
    // Only an epoch that gets a checkpoint can become the model.
    if ((stoppedEarly || isDue(epoch))
        && watch.isBetter(value, best == null ? null : best.value())) {
      best = new TrainingState.Best(epoch, step, value, metrics);
    }
    return new TrainingState(
        epoch,
        0,
        step,
        samples,
        List.of(),
        best,
        record ? value : start.record(),
        epochsSinceRecord,
        stoppedEarly);
  }

  private boolean isDue(int epoch) {
    return epoch >= job.epochs() || epoch % job.checkpoint().everyEpochs() == 0;
  }

  private TrainingState stopped(TrainingState start, int batch, long samples, List<Double> totals)
      throws IOException {
    long step = start.step() + batch - start.batch();
    finite(totals.get(0), step);
    TrainingState state =
        new TrainingState(
            start.epoch(),
            batch,
            step,
            samples,
            batch == 0 ? List.of() : totals,
            start.best(),
            start.record(),
            start.epochsSinceRecord(),
            false);
    if (step > safeStep) {
      checkpoint(state);
    }
    stopped = true;
    return state;
  }

  private void checkpoint(TrainingState state) throws IOException {
    Checkpoint written =
        store.write(
            state,
            folder -> {
              network.write(folder.resolve(NETWORK));
              update.write(folder.resolve(OPTIMIZER));
            });
    safeStep = state.step();
    long bestStep = state.best() == null ? -1 : state.best().step();
    store.prune(job.checkpoint().keep(), bestStep);
    reporter.checkpoint(
        state.epoch(),
        job.epochs(),
        state.step(),
        Map.of("checkpoint", written.folder().toString(), "best_step", Long.toString(bestStep)));
  }

  private Map<String, Double> progress(
      Map<String, Double> measured, double rate, long samples, double speed) {
    Map<String, Double> metrics = new LinkedHashMap<>(measured);
    metrics.put("learning_rate", rate);
    metrics.put("samples_per_second", speed);
    metrics.put("samples_total", (double) samples);
    return metrics;
  }

  private static double perSecond(long samples, long begin) {
    return samples / Math.max(1e-9, (System.nanoTime() - begin) / 1e9);
  }

  private double finite(double loss, long step) {
    if (!Double.isFinite(loss)) {
      throw new TrainingFailure(
          FailureCause.NAN_LOSS,
          "the loss is %s at step %d".formatted(loss, step),
          "lower train.optimizer.learning_rate (it is %s), or look for extreme values in the data"
              .formatted(job.optimizer().learningRate()));
    }
    return loss;
  }
}
