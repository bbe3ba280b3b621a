package nomadml.trainer.training;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import nomadml.spec.FailureCause;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.checkpoint.Checkpoint;
import nomadml.trainer.checkpoint.CheckpointStore;
import nomadml.trainer.checkpoint.TrainingState;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import nomadml.trainer.data.ImageFiles;
import nomadml.trainer.data.Statistics;
import nomadml.trainer.data.Suggestion;
import nomadml.trainer.export.DataSchema;
import nomadml.trainer.export.ModelFolder;
import nomadml.trainer.extension.MetricProvider;
import org.jspecify.annotations.Nullable;

/** Trains one job from its newest checkpoint to its end, or until it is asked to stop. */
public final class Training {
  private final Train job;
  private final Folders folders;
  private final Reporter reporter;
  private final BooleanSupplier stopRequested;
  private final Clock clock;
  private final LoadingEngine loading;

  /**
   * Where a training reads and writes.
   *
   * @param data what the job file's paths are relative to
   */
  public record Folders(Path data, Path checkpoints, Path model) {}

  /** How a training left. */
  public enum Outcome {
    FINISHED,
    /** After a checkpoint; run it again to go on. */
    STOPPED
  }

  /**
   * A training that has not begun.
   *
   * @param stopRequested asked between steps
   */
  public Training(
      Train job,
      Folders folders,
      Reporter reporter,
      BooleanSupplier stopRequested,
      Clock clock,
      LoadingEngine loading) {
    this.job = job;
    this.folders = folders;
    this.reporter = reporter;
    this.stopRequested = stopRequested;
    this.clock = clock;
    this.loading = loading;
  }

  /** Trains. Throws {@link TrainingFailure} with the cause when it can't go on. */
  public Outcome run() throws IOException {
    try {
      return train();
    } catch (EngineException e) {
      throw Pytorch.failure(e);
    } catch (OutOfMemoryError e) {
      throw new TrainingFailure(
          FailureCause.OUT_OF_MEMORY,
          "the JVM's memory is full: " + e.getMessage(),
          "raise resources.memory, or set train.data.in_memory: never for images");
    }
  }

  private Outcome train() throws IOException {
    try (Extensions extensions = Extensions.load(folders.data(), job.extensions())) {
      return train(extensions);
    }
  }

  private Outcome train(Extensions extensions) throws IOException {
    DataSet data =
        job.data().format() == Train.Format.CUSTOM
            ? CustomData.read(folders.data(), job, extensions)
            : DataSets.read(folders.data(), job.data(), job.seed());
    requireFittingLoss(data);
    List<MetricProvider> metrics = extensions.metrics(job.customMetrics());
    Statistics statistics = own() ? Statistics.of(data) : Statistics.none(data);
    CheckpointStore store =
        new CheckpointStore(
            folders.checkpoints(),
            Signature.of(job, data, contents(extensions)),
            reporter::warning);
    Optional<Checkpoint> checkpoint = store.newest();
    try (NetworkFile file =
        NetworkFile.of(job, folders.data(), data, statistics, checkpoint, extensions)) {
      Engine engine = loading.await();
      Accelerator accelerator = Accelerator.choose(job.device(), engine);
      try (NDManager manager = NDManager.newBaseManager(accelerator.device(), "PyTorch");
          Kernels kernels =
              new Kernels(
                  manager,
                  Batches.KERNELS,
                  Objective.kernels(data, job),
                  WeightUpdate.kernels(job));
          Batches batches = new Batches(manager, kernels, data, statistics, !own())) {
        Network network = file.load(manager);
        prepare(batches, network, manager, data);
        reporter.started(facts(engine, accelerator, data, network), job.epochs());
        if (job.precision() == Train.Precision.FLOAT16 && !accelerator.device().isGpu()) {
          reporter.warning("float16 is slow on a CPU: bfloat16 is faster where the CPU knows it");
        }
        Objective objective =
            new Objective(manager, kernels, data, statistics, job, loss(manager, data));
        Evaluation evaluation =
            new Evaluation(manager, batches, objective, data, statistics, job, metrics);
        TrainingState end;
        try (CheckpointWriter checkpoints =
            new CheckpointWriter(store, job.checkpoint().keep(), job.epochs(), reporter)) {
          TrainingLoop loop =
              new TrainingLoop(
                  job,
                  kernels,
                  network,
                  batches,
                  objective,
                  evaluation,
                  data,
                  checkpoints,
                  reporter,
                  MemoryGuard.ofThisProcess(System.getenv()),
                  stopRequested,
                  manager);
          end = loop.run(checkpoint);
          checkpoints.await();
          if (!loop.isEnd(end)) {
            return Outcome.STOPPED;
          }
        }
        export(store, data, statistics, evaluation, manager, end);
      }
    }
    return Outcome.FINISHED;
  }

  /** Tries a module that is not ours; lets ours prepare the data. */
  private void prepare(Batches batches, Network network, NDManager manager, DataSet data) {
    if (!own() || job.model().type() == Train.Architecture.CUSTOM) {
      batches.follow(new int[] {0, 0}, 0, 2);
      network.requireOutputs(
          own() ? "train.model.name" : "train.model.path",
          batches.next(manager, 0, 2),
          data.outputs());
    }
    if (own() && job.augmentation() == null) {
      batches.prepare(network);
    }
  }

  private @Nullable CustomLoss loss(NDManager manager, DataSet data) throws IOException {
    return job.lossPath() == null
        ? null
        : new CustomLoss(
            manager, folders.data(), job.lossPath(), data.outputs(), data.isClassification());
  }

  /** SHA-256 of the code that is a part of this training. */
  private List<String> contents(Extensions extensions) throws IOException {
    List<String> contents = new ArrayList<>(extensions.digests());
    if (job.lossPath() != null && Files.isRegularFile(folders.data().resolve(job.lossPath()))) {
      contents.add(Sha256.of(folders.data().resolve(job.lossPath())));
    }
    return contents;
  }

  private boolean own() {
    return NetworkFile.isOwn(job.model());
  }

  private Map<String, String> facts(
      Engine engine, Accelerator accelerator, DataSet data, Network network) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("device", accelerator.name());
    facts.put("device_reason", accelerator.reason());
    facts.put("threads", Integer.toString(Pytorch.threads()));
    facts.put("parameters", Long.toString(network.parameterCount()));
    facts.put("data_sha256", data.sha256());
    facts.put(
        "data_schema",
        DataSchema.of(data, Objects.requireNonNullElse(job.data().label(), "label")));
    if (data.isClassification()) {
      facts.put("classes", Suggestion.abbreviated(data.classes()));
    }
    facts.put("train_rows", Integer.toString(data.trainRows().length));
    facts.put("validation_rows", Integer.toString(data.validationRows().length));
    facts.put("test_rows", Integer.toString(data.testRows().length));
    if (data.isImages()) {
      facts.put(
          "pixels", data.features() instanceof ImageFiles ? "decoded each epoch" : "in memory");
    }
    facts.put("pytorch_version", engine.getVersion());
    facts.put("djl_version", Engine.getDjlVersion());
    return facts;
  }

  private void requireFittingLoss(DataSet data) {
    Train.Loss fitting =
        data.isClassification() ? Train.Loss.CROSS_ENTROPY : Train.Loss.MEAN_SQUARED_ERROR;
    if (job.loss() != null && job.loss() != fitting) {
      throw TrainingFailure.userError(
          "train.loss: %s does not fit %s"
              .formatted(
                  job.loss().name().toLowerCase(Locale.ROOT),
                  data.isClassification() ? "classification" : "regression"),
          "remove train.loss, or set train.data.task");
    }
  }

  private void export(
      CheckpointStore store,
      DataSet data,
      Statistics statistics,
      Evaluation evaluation,
      NDManager manager,
      TrainingState end)
      throws IOException {
    TrainingState.Best best = Objects.requireNonNull(end.best());
    Optional<Checkpoint> source = store.at(best.step());
    if (source.isEmpty()) {
      reporter.warning(
          "the checkpoint of the best epoch %d is gone: the model is the last epoch's"
              .formatted(best.epoch()));
      source = store.newest();
    }
    if (source.isEmpty()) {
      throw new IOException("no checkpoint is left in " + folders.checkpoints());
    }
    Path file = source.get().folder().resolve(TrainingLoop.NETWORK);
    Map<String, Evaluation.Result> results = new LinkedHashMap<>();
    try (Network network = Network.load(manager, file, own())) {
      if (data.validationRows().length > 0) {
        results.put(
            "validation", evaluation.complete(network, "validation", data.validationRows()));
      }
      if (data.testRows().length > 0) {
        results.put("test", evaluation.complete(network, "test", data.testRows()));
      }
    }
    new ModelFolder(folders.model(), data, statistics, job.model(), clock).write(file);
    EvaluationFile.write(folders.model(), data, results);
    Map<String, Double> metrics = new LinkedHashMap<>(best.metrics());
    if (results.containsKey("test")) {
      metrics.putAll(results.get("test").metrics());
    }
    reporter.finished(
        best.epoch(),
        job.epochs(),
        end.step(),
        metrics,
        Map.of(
            "model_folder",
            folders.model().toString(),
            "best_epoch",
            Integer.toString(best.epoch())));
  }
}
