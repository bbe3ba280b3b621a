package nomadml.trainer.mlflow;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.Services;
import nomadml.trainer.storage.CheckpointStorage;

/** Checkpoints as artifacts of the run: {@code checkpoints/<step>/…}. For one thread at a time. */
public final class MlflowStorage implements CheckpointStorage {
  private static final String FOLDER = "checkpoints";
  private static final String MANIFEST = "manifest.json";

  private final Artifacts artifacts;
  private final Run run;

  /** Finds the run that keeps the checkpoints, or says why it can't yet. */
  @FunctionalInterface
  public interface Run {
    RunAddress find() throws IOException;
  }

  /** A storage on the server that is found when it is needed; one for all of a run's time. */
  public MlflowStorage(Services services, Map<String, String> environment, Run run) {
    this.artifacts = new Artifacts(new Connection(services, environment));
    this.run = run;
  }

  @Override
  public List<Long> steps() throws IOException {
    List<Long> steps = new ArrayList<>();
    for (Artifacts.Item item : artifacts.list(run(), FOLDER)) {
      String name = item.path().substring(item.path().lastIndexOf('/') + 1);
      if (item.folder() && name.matches("\\d{1,18}") && isComplete(item.path())) {
        steps.add(Long.parseLong(name));
      }
    }
    steps.sort(Comparator.reverseOrder());
    return steps;
  }

  @Override
  public void put(long step, Path folder) throws IOException {
    if (isComplete(path(step))) {
      artifacts.delete(run(), path(step) + "/" + MANIFEST); // It would vouch for half of two.
    }
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file :
          tree.filter(Files::isRegularFile)
              .sorted(
                  Comparator.<Path, Boolean>comparing(MlflowStorage::isManifest)
                      .thenComparing(Comparator.naturalOrder()))
              .toList()) {
        artifacts.put(run(), path(step) + "/" + folder.relativize(file), file);
      }
    }
  }

  @Override
  public void get(long step, Path folder) throws IOException {
    if (Files.exists(folder)) {
      throw new FileAlreadyExistsException(folder.toString());
    }
    Path unfinished = folder.resolveSibling(folder.getFileName() + ".unfinished");
    get(path(step), unfinished);
    Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(long step) throws IOException {
    artifacts.delete(run(), path(step) + "/" + MANIFEST);
    artifacts.delete(run(), path(step));
  }

  private void get(String path, Path folder) throws IOException {
    List<Artifacts.Item> items = artifacts.list(run(), path);
    if (items.isEmpty()) {
      throw new NoSuchFileException(
          "%s is not among the artifacts of run %s".formatted(path, run().runId()));
    }
    Files.createDirectories(folder);
    for (Artifacts.Item item : items) {
      Path target = folder.resolve(item.path().substring(item.path().lastIndexOf('/') + 1));
      if (item.folder()) {
        get(item.path(), target);
      } else {
        artifacts.get(run(), item.path(), target, item.bytes());
      }
    }
  }

  private boolean isComplete(String path) throws IOException {
    return artifacts.list(run(), path).stream()
        .anyMatch(item -> item.path().endsWith("/" + MANIFEST));
  }

  private RunAddress run() throws IOException {
    return run.find();
  }

  private static String path(long step) {
    return FOLDER + "/" + step;
  }

  private static boolean isManifest(Path file) {
    return file.getFileName().toString().equals(MANIFEST);
  }
}
