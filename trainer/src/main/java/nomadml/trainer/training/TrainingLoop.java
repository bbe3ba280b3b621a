package nomadml.trainer.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import nomadml.spec.FailureCause;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.checkpoint.Checkpoint;
import nomadml.trainer.checkpoint.TrainingState;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Permutation;
import nomadml.trainer.network.Dropout;
import org.jspecify.annotations.Nullable;

/**
 * Epochs of steps. Everything random follows from the seed, the epoch and the step, so that a
 * resumed training goes on as if it had not been interrupted.
 */
final class TrainingLoop {
  static final String NETWORK = "network.pt";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final long SECOND = 1_000_000_000L;

  private final Train job;
  private final Network network;
  private final WeightUpdate update;
  private final Batches batches;
  private final Objective objective;
  private final Evaluation evaluation;
  private final DataSet data;
  private final CheckpointWriter checkpoints;
  private final Reporter reporter;
  private final MemoryGuard memory;
  private final BooleanSupplier stopRequested;
  private final NDManager manager;
  private final Watch watch;
  private final LearningRate learningRate;
  private final @Nullable Augmentation augmentation;
  private final int rowsPerStep;
  private final int stepsPerEpoch;
  private final boolean usesRandomNumbers;
  private long safeStep;
  private long safeTime = System.nanoTime();
  private long lookTime = System.nanoTime();
  private boolean stopped;

  TrainingLoop(
      Train job,
      Kernels kernels,
      Network network,
      Batches batches,
      Objective objective,
      Evaluation evaluation,
      DataSet data,
      CheckpointWriter checkpoints,
      Reporter reporter,
      MemoryGuard memory,
      BooleanSupplier stopRequested,
      NDManager manager)
      throws IOException {
    this.job = job;
    this.network = network;
    this.update = new WeightUpdate(manager, kernels, job, network.parameters());
    this.batches = batches;
    this.objective = objective;
    this.evaluation = evaluation;
    this.data = data;
    this.checkpoints = checkpoints;
    this.reporter = reporter;
    this.memory = memory;
    this.stopRequested = stopRequested;
    this.manager = manager;
    this.watch = evaluation.watch(job);
    this.learningRate = new LearningRate(job.optimizer(), job.epochs());
    this.augmentation =
        job.augmentation() == null ? null : new Augmentation(manager, job.augmentation());
    this.rowsPerStep = Math.multiplyExact(job.batchSize(), job.optimizer().accumulate());
    this.stepsPerEpoch = (data.trainRows().length + rowsPerStep - 1) / rowsPerStep;
    this.usesRandomNumbers =
        augmentation != null
            || Dropout.of(job.model()) > 0
            || job.lossPath() != null
            || job.model().type() == Train.Architecture.TORCHSCRIPT
            || job.model().type() == Train.Architecture.CUSTOM;
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
    batches.follow(order, start.batch() * rowsPerStep, job.batchSize());
    network.trainingMode();
    objective.restart(start.totals());
    long begin = System.nanoTime();
    long samples = start.samples();
    double rate = rate(start, stepsPerEpoch - 1);
    for (int done = start.batch(); done < stepsPerEpoch; done++) {
      if (stopRequested.getAsBoolean()) {
        return stopped(underWay(start, done, samples));
      }
      if (isCheckpointUrgent()) {
        checkpoint(underWay(start, done, samples));
        network.trainingMode();
      }
      int from = done * rowsPerStep;
      int to = Math.min(order.length, from + rowsPerStep);
      long step = start.step() + done - start.batch() + 1;
      rate = rate(start, done);
      boolean log = job.logEverySteps() > 0 && step % job.logEverySteps() == 0;
      double loss = step(from, to, rate, step, log);
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
    double speed = perSecond(samples - start.samples(), begin);
    TrainingState trained = underWay(start, stepsPerEpoch, samples);
    Map<String, Double> measured =
        new LinkedHashMap<>(objective.metrics("train", data.trainRows()));
    if (data.validationRows().length > 0) {
      Evaluation.Result validation = evaluation.ofEpoch(network, stopRequested);
      if (validation == null) {
        return stopped(trained);
      }
      finite(Objects.requireNonNull(validation.metrics().get("validation_loss")), trained.step());
      measured.putAll(validation.metrics());
    }
    TrainingState state = after(trained, progress(measured, rate, samples, speed));
    if (state.stoppedEarly() || isDue(state.epoch())) {
      checkpoint(state);
    }
    memory.afterEpoch(job.epochs() - state.epoch()).ifPresent(reporter::warning);
    return state;
  }

  private double rate(TrainingState state, int done) {
    double rate =
        learningRate.at(state.epoch() + (double) done / stepsPerEpoch, 1.0 / stepsPerEpoch);
    return Math.max(
        state.plateau().factor() < 1 ? job.optimizer().schedule().minimum() : 0,
        rate * state.plateau().factor());
  }

  /** One step of the optimizer along the mean gradient of its batches. */
  private double step(int from, int to, double rate, long step, boolean readLoss) {
    if (usesRandomNumbers) {
      Engine.getEngine("PyTorch").setRandomSeed(Long.hashCode(job.seed() * 1_000_003 + step));
    }
    double sum = 0;
    for (int begin = from; begin < to; begin += job.batchSize()) {
      int end = Math.min(to, begin + job.batchSize());
      try (NDManager scope = manager.newSubManager()) {
        Batches.Batch rows = batches.next(scope, begin, end);
        Batches.Batch batch = augmentation == null ? rows : rows.changed(augmentation);
        NDArray loss = objective.trainingLoss(network.logits(batch), batch.targets());
        double part = (end - begin) / (double) (to - from);
        update.collect(part == 1 ? loss : loss.mul(part));
        sum += readLoss ? loss.toFloatArray()[0] * part : 0;
      }
    }
    update.apply(rate);
    return sum;
  }

  /** Where an epoch stands after so many of its steps; the sums must be finite. */
  private TrainingState underWay(TrainingState start, int done, long samples) {
    List<Double> totals = done == 0 ? List.of() : objective.totals();
    long step = start.step() + done - start.batch();
    if (!totals.isEmpty()) {
      finite(totals.get(0), step);
    }
    return new TrainingState(
        start.epoch(),
        done,
        step,
        samples,
        totals,
        start.best(),
        start.record(),
        start.epochsSinceRecord(),
        false,
        start.plateau());
  }

  /** What an epoch's metrics mean for the best one, for early stopping and for the rate. */
  private TrainingState after(TrainingState trained, Map<String, Double> metrics) {
    int epoch = trained.epoch() + 1;
    double value = watch.value(metrics);
    boolean record = watch.isRecord(value, trained.record());
    int epochsSinceRecord = record ? 0 : trained.epochsSinceRecord() + 1;
    boolean stoppedEarly = watch.endsAfter(epochsSinceRecord);
    TrainingState.Best best = trained.best();
    // Only an epoch that gets a checkpoint can become the model.
    if ((stoppedEarly || isDue(epoch))
        && watch.isBetter(value, best == null ? null : best.value())) {
      best = new TrainingState.Best(epoch, trained.step(), value, metrics);
    }
    reporter.epoch(epoch, job.epochs(), trained.step(), metrics);
    return new TrainingState(
        epoch,
        0,
        trained.step(),
        trained.samples(),
        List.of(),
        best,
        record ? value : trained.record(),
        epochsSinceRecord,
        stoppedEarly,
        learningRate.after(trained.plateau(), record));
  }

  private boolean isDue(int epoch) {
    return epoch >= job.epochs() || epoch % job.checkpoint().everyEpochs() == 0;
  }

  /** Inside an epoch: the time is up, or the memory nearly is. */
  private boolean isCheckpointUrgent() {
    long now = System.nanoTime();
    double minutes = job.checkpoint().everyMinutes();
    if (minutes > 0 && now - safeTime > minutes * 60 * SECOND) {
      return true;
    }
    if (now - lookTime < SECOND) {
      return false;
    }
    lookTime = now;
    if (!memory.isNearLimit()) {
      return false;
    }
    reporter.warning(memory.nearness());
    return true;
  }

  private TrainingState stopped(TrainingState state) throws IOException {
    if (state.step() > safeStep) {
      checkpoint(state);
    }
    stopped = true;
    return state;
  }

  private void checkpoint(TrainingState state) throws IOException {
    checkpoints.write(
        state,
        folder -> {
          network.write(folder.resolve(NETWORK));
          update.write(folder.resolve(OPTIMIZER));
        });
    safeStep = state.step();
    safeTime = System.nanoTime();
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
