package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nomadml.spec.Json;
import nomadml.trainer.Sha256;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.storage.DamagedCheckpointException;

/** Brings the checkpoints of another node, and what travelled with them, into the run folder. */
final class Checkpoints {
  /** What travels beside a checkpoint's own files. */
  static final List<String> LUGGAGE =
      List.of(RunFolder.ATTEMPTS, "spool-tail.jsonl", "metrics.csv", RemoteInputs.RECORD);

  private static final String MANIFEST = "manifest.json";

  private final RunFolder folder;
  private final RunStorage storage;
  private final Patience patience;
  private final Consumer<String> warnings;

  Checkpoints(RunFolder folder, RunStorage storage, Patience patience, Consumer<String> warnings) {
    this.folder = folder;
    this.storage = storage;
    this.patience = patience;
    this.warnings = warnings;
  }

  /** Whether this node has a checkpoint. */
  boolean areHere() throws IOException {
    if (!Files.isDirectory(folder.checkpoints())) {
      return false;
    }
    try (Stream<Path> children = Files.list(folder.checkpoints())) {
      return children.anyMatch(
          child ->
              child.getFileName().toString().matches("\\d{1,18}")
                  && Files.exists(child.resolve(MANIFEST)));
    }
  }

  /**
   * Brings the newest whole checkpoint and the one of the best epoch.
   *
   * @return the folder with what travelled with the newest; empty when there is none
   */
  Optional<Path> bring() throws IOException, InterruptedException, Interruption {
    try {
      List<Optional<Path>> brought = new ArrayList<>();
      patience.untilDone("ask for checkpoints of earlier attempts", () -> brought.add(bringOnce()));
      return brought.get(0);
    } catch (TimeoutException e) {
      warnings.accept(
          "the training begins anew: the checkpoints of earlier attempts can't be reached: "
              + e.getMessage());
      return Optional.empty();
    }
  }

  /** Takes a folder with what travelled. */
  @FunctionalInterface
  interface Receiver {
    void receive(Path luggage);
  }

  /**
   * Brings what {@link TailUploads} stored of a command, the oldest first.
   *
   * @return the steps of those that were received
   */
  List<Long> bringTails(Receiver receiver) throws InterruptedException, Interruption {
    List<Long> brought = new ArrayList<>();
    try {
      patience.untilDone("ask for reports of earlier attempts", () -> bring(brought, receiver));
    } catch (TimeoutException | NoSuchFileException e) {
      warnings.accept(
          "what earlier attempts told and MLflow has not can't be reached: " + e.getMessage());
    }
    return brought;
  }

  private void bring(List<Long> brought, Receiver receiver) throws IOException {
    Optional<CheckpointStorage> kept = storage.find();
    if (kept.isEmpty()) {
      return;
    }
    List<Long> steps = new ArrayList<>(kept.get().steps());
    steps.removeAll(brought);
    steps.sort(Comparator.naturalOrder());
    for (long step : steps) {
      Path unfinished = folder.resolve("tail.unfinished");
      delete(unfinished);
      kept.get().get(step, unfinished);
      receiver.receive(unpack(unfinished));
      delete(unfinished);
      brought.add(step);
    }
  }

  private Optional<Path> bringOnce() throws IOException {
    Optional<CheckpointStorage> kept = storage.find();
    if (kept.isEmpty()) {
      return Optional.empty();
    }
    for (long step : kept.get().steps()) {
      Path unfinished = folder.checkpoints().resolve(step + ".unfinished");
      delete(unfinished);
      Files.createDirectories(folder.checkpoints());
      try {
        JsonNode manifest = get(kept.get(), step, unfinished);
        Path luggage = unpack(unfinished);
        move(unfinished, step);
        bringBest(kept.get(), manifest, step);
        return Optional.of(luggage);
      } catch (DamagedCheckpointException e) {
        warnings.accept(
            "the stored checkpoint of step %d is not used: %s".formatted(step, e.getMessage()));
        delete(unfinished);
      }
    }
    return Optional.empty();
  }

  /** A checkpoint that is whole, and its manifest. */
  private static JsonNode get(CheckpointStorage kept, long step, Path folder) throws IOException {
    try {
      kept.get(step, folder);
      JsonNode manifest = Json.MAPPER.readTree(folder.resolve(MANIFEST).toFile());
      Optional<String> damage = damage(manifest, folder);
      if (damage.isPresent()) {
        throw new DamagedCheckpointException(damage.get());
      }
      return manifest;
    } catch (NoSuchFileException e) {
      throw new DamagedCheckpointException("a file is missing: " + e.getMessage());
    } catch (JsonProcessingException e) {
      throw new DamagedCheckpointException("its manifest is no JSON");
    }
  }

  /** The model is made of it; a training without it ends with its last epoch's. */
  private void bringBest(CheckpointStorage kept, JsonNode manifest, long newest) {
    long step = manifest.path("state").path("best").path("step").asLong(-1);
    if (step < 0 || step == newest) {
      return;
    }
    Path unfinished = folder.checkpoints().resolve(step + ".unfinished");
    try {
      delete(unfinished);
      get(kept, step, unfinished);
      unpack(unfinished);
      move(unfinished, step);
    } catch (IOException e) {
      warnings.accept("the best epoch's checkpoint can't be had: " + e.getMessage());
    }
  }

  private void move(Path unfinished, long step) throws IOException {
    Path complete = folder.checkpoints().resolve(Long.toString(step));
    delete(complete);
    Files.move(unfinished, complete, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path unpack(Path checkpoint) throws IOException {
    Path luggage = folder.resolve("travelled");
    delete(luggage);
    Files.createDirectories(luggage);
    for (String name : LUGGAGE) {
      if (Files.exists(checkpoint.resolve(name))) {
        Files.move(checkpoint.resolve(name), luggage.resolve(name));
      }
    }
    return luggage;
  }

  private static Optional<String> damage(JsonNode manifest, Path checkpoint) throws IOException {
    Set<Map.Entry<String, JsonNode>> files = manifest.path("files").properties();
    if (files.isEmpty()) {
      return Optional.of("its manifest names no files");
    }
    for (Map.Entry<String, JsonNode> file : files) {
      Path path = checkpoint.resolve(file.getKey());
      if (!Files.exists(path)) {
        return Optional.of(file.getKey() + " is missing");
      }
      if (Files.size(path) != file.getValue().path("bytes").asLong(-1)
          || !Sha256.of(path).equals(file.getValue().path("sha256").asText())) {
        return Optional.of(file.getKey() + " is damaged: its checksum differs");
      }
    }
    return Optional.empty();
  }

  static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }
}
