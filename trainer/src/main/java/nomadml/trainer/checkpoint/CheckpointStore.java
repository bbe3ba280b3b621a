package nomadml.trainer.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nomadml.spec.Json;
import nomadml.trainer.Sha256;

/**
 * Checkpoints in a folder, one folder for each step. A checkpoint is written beside them, synced
 * and renamed, so that it is complete or not there; whatever a crash leaves is not numbered and is
 * not read.
 */
public final class CheckpointStore {
  private static final String UNFINISHED = ".unfinished";

  private final Path folder;
  private final String signature;
  private final Consumer<String> warnings;
  private long written = Long.MAX_VALUE;

  /**
   * A store of one training.
   *
   * @param signature checkpoints with another one are left alone
   * @param warnings told about each checkpoint that is not used, and why
   */
  public CheckpointStore(Path folder, String signature, Consumer<String> warnings) {
    this.folder = folder;
    this.signature = signature;
    this.warnings = warnings;
  }

  /** Writes the tensors of a checkpoint into a folder. */
  @FunctionalInterface
  public interface Contents {
    void writeTo(Path folder) throws IOException;
  }

  /** Makes a checkpoint; one that is there for the same step is replaced. */
  public Checkpoint write(TrainingState state, Contents contents) throws IOException {
    return complete(begin(state, contents));
  }

  /** Tensors that are written, and not yet a checkpoint. */
  public record Unfinished(TrainingState state, Path folder) {}

  /** Writes the tensors; quick, for nothing is synced. */
  public Unfinished begin(TrainingState state, Contents contents) throws IOException {
    Path unfinished = folder.resolve(state.step() + UNFINISHED);
    delete(unfinished);
    Files.createDirectories(unfinished);
    contents.writeTo(unfinished);
    return new Unfinished(state, unfinished);
  }

  /** Syncs the tensors and makes a checkpoint of them, in whatever thread. */
  public Checkpoint complete(Unfinished unfinished) throws IOException {
    Map<String, Manifest.FileEntry> entries = new TreeMap<>();
    for (Path file : list(unfinished.folder())) {
      sync(file);
      entries.put(
          file.getFileName().toString(), new Manifest.FileEntry(Files.size(file), Sha256.of(file)));
    }
    TrainingState state = unfinished.state();
    Path manifest = unfinished.folder().resolve(Manifest.NAME);
    Json.MAPPER.writeValue(
        manifest.toFile(), new Manifest(Manifest.FORMAT, signature, state, entries));
    sync(manifest);
    sync(unfinished.folder());
    Path complete = folder.resolve(Long.toString(state.step()));
    delete(complete);
    Files.move(unfinished.folder(), complete, StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
    written = state.step();
    return new Checkpoint(complete, state);
  }

  /** The newest checkpoint that is whole and belongs to this job. */
  public Optional<Checkpoint> newest() throws IOException {
    for (Path candidate : newestFirst()) {
      Optional<Checkpoint> checkpoint = read(candidate);
      if (checkpoint.isPresent()) {
        return checkpoint;
      }
    }
    return Optional.empty();
  }

  /** The checkpoint of a step, if it is whole and belongs to this job. */
  public Optional<Checkpoint> at(long step) throws IOException {
    Path candidate = folder.resolve(Long.toString(step));
    return Files.isDirectory(candidate) ? read(candidate) : Optional.empty();
  }

  /**
   * Deletes all but the newest so many and the best, and what crashes left. A newer one than the
   * one just written could not be gone on from: it counts for nothing, and is left alone.
   */
  public void prune(int keep, long bestStep) throws IOException {
    List<Path> numbered = newestFirst().stream().filter(path -> step(path) <= written).toList();
    for (Path old : numbered.subList(Math.min(keep, numbered.size()), numbered.size())) {
      if (step(old) != bestStep) {
        delete(old);
      }
    }
    for (Path path : list(folder)) {
      if (path.getFileName().toString().endsWith(UNFINISHED)) {
        delete(path);
      }
    }
  }

  private Optional<Checkpoint> read(Path candidate) {
    try {
      Manifest manifest =
          Json.MAPPER.readValue(candidate.resolve(Manifest.NAME).toFile(), Manifest.class);
      if (!manifest.signature().equals(signature)) {
        warn(candidate, "it belongs to another model, data set or optimizer");
        return Optional.empty();
      }
      for (Map.Entry<String, Manifest.FileEntry> entry : manifest.files().entrySet()) {
        Path file = candidate.resolve(entry.getKey());
        if (Files.size(file) != entry.getValue().bytes()
            || !Sha256.of(file).equals(entry.getValue().sha256())) {
          warn(candidate, entry.getKey() + " is damaged: its checksum differs");
          return Optional.empty();
        }
      }
      return Optional.of(new Checkpoint(candidate, manifest.state()));
    } catch (NoSuchFileException | FileNotFoundException e) {
      warn(
          candidate, "a file is missing: " + Path.of(String.valueOf(e.getMessage())).getFileName());
    } catch (IOException e) {
      warn(
          candidate,
          "it can't be read: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    return Optional.empty();
  }

  private void warn(Path candidate, String reason) {
    warnings.accept("checkpoint %s is not used: %s".formatted(candidate, reason));
  }

  private List<Path> newestFirst() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> numbered = new ArrayList<>();
    for (Path path : list(folder)) {
      if (path.getFileName().toString().matches("\\d{1,18}")) {
        numbered.add(path);
      }
    }
    numbered.sort(Comparator.comparingLong(CheckpointStore::step).reversed());
    return numbered;
  }

  private static long step(Path numbered) {
    return Long.parseLong(numbered.getFileName().toString());
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
