package nomadml.trainer.training;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.checkpoint.Checkpoint;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;

/**
 * The TorchScript a training begins with: a checkpoint's, which holds code and weights, a user's,
 * or one as the job file describes it. It is there before PyTorch is.
 */
final class NetworkFile implements AutoCloseable {
  private enum Origin {
    CHECKPOINT,
    USER,
    UNTRAINED
  }

  private final Path path;
  private final Origin origin;
  private final Train.Model model;

  private NetworkFile(Path path, Origin origin, Train.Model model) {
    this.path = path;
    this.origin = origin;
    this.model = model;
  }

  /** Finds or writes it. */
  static NetworkFile of(
      Train job,
      Path dataFolder,
      DataSet data,
      Statistics statistics,
      Optional<Checkpoint> checkpoint,
      Extensions extensions)
      throws IOException {
    Train.Model model = job.model();
    if (checkpoint.isPresent()) {
      Path path = checkpoint.get().folder().resolve(TrainingLoop.NETWORK);
      return new NetworkFile(path, Origin.CHECKPOINT, model);
    }
    if (!isOwn(model)) {
      return new NetworkFile(ofUser(dataFolder, model), Origin.USER, model);
    }
    NetworkFile file =
        new NetworkFile(Files.createTempFile("nomad-ml-", ".pt"), Origin.UNTRAINED, model);
    try {
      new NetworkWriter(data, job, statistics, extensions).write(file.path);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    return file;
  }

  /** Not the user's module: built here, with its preprocessing inside. */
  static boolean isOwn(Train.Model model) {
    return model.type() != Train.Architecture.TORCHSCRIPT;
  }

  private static Path ofUser(Path dataFolder, Train.Model model) throws IOException {
    String path = model.path();
    if (path == null || !Files.isRegularFile(dataFolder.resolve(path))) {
      throw TrainingFailure.dataMissing(
          "train.model.path: there is no file " + path,
          "name a .pt file, relative to the job file");
    }
    Path file = dataFolder.resolve(path);
    String pinned = model.sha256();
    String found = pinned == null ? null : Sha256.of(file);
    if (!Objects.equals(found, pinned)) {
      throw TrainingFailure.userError(
          "train.model.path: %s is not what train.model.sha256 pins: its SHA-256 is %s"
              .formatted(path, found),
          "put the right file there, or correct train.model.sha256");
    }
    return file;
  }

  /** Compiles it onto the manager's device. */
  Network load(NDManager manager) {
    if (origin == Origin.USER) {
      return Network.loadOfUser(manager, path, String.valueOf(model.path()));
    }
    return origin == Origin.UNTRAINED && model.type() == Train.Architecture.CUSTOM
        ? Network.loadOfExtension(manager, path, String.valueOf(model.name()))
        : Network.load(manager, path, isOwn(model));
  }

  @Override
  public void close() throws IOException {
    if (origin == Origin.UNTRAINED) {
      Files.deleteIfExists(path);
    }
  }
}
