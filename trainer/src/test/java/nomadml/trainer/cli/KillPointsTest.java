package nomadml.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import nomadml.spec.Progress;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.Sentences;
import nomadml.trainer.storage.FolderStorage;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A training that is killed again and again, at any moment, comes to the same losses and the same
 * weights, bit for bit. {@code -Dkills=25} makes so many times the usual kills; {@code -Dseed}
 * repeats a failure.
 */
class KillPointsTest {
  @TempDir private Path folder;
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private int kills;
  private int insideCheckpoint;

  @ParameterizedTest
  @CsvSource({
    "mlp, 10, 8, 300",
    "lenet, 10, 4, 600",
    "resnet18, 4, 1, 2000",
    "lstm, 6, 2, 800",
    "transformer, 6, 2, 800"
  })
  void killsChangeNothing(String network, int epochs, int usualKills, int milliseconds)
      throws Exception {
    Jobs job = job(network).epochs(epochs);
    Outcome whole = train(job, folder.resolve("whole"));
    int wanted = usualKills * Integer.getInteger("kills", 1);
    for (int run = 0; kills < wanted; run++) {
      Outcome killed = trainKilled(job, folder.resolve("run" + run), milliseconds, wanted);
      assertThat(killed.losses()).as("seed %d", seed).isEqualTo(whole.losses());
      assertThat(killed.network()).as("seed %d", seed).hasSameBinaryContentAs(whole.network());
      delete(folder.resolve("run" + run));
    }
    System.out.printf(
        "%s: %d kills, %d of them inside a checkpoint's write, same losses and weights%n",
        network, kills, insideCheckpoint);
  }

  private Jobs job(String network) {
    if (network.equals("lstm") || network.equals("transformer")) {
      return textJob(network);
    }
    RealImages.idx(folder.resolve("digits"), network.equals("resnet18") ? 100 : 300);
    Jobs job =
        Jobs.digits()
            .set("model.type=" + network, "batch_size=16")
            .set("optimizer.schedule.type=cosine", "checkpoint.keep=2");
    return network.equals("mlp")
        ? job.set("data.path=data/digits.csv.gz", "model.dropout=0.1")
        : job.set(Jobs.images(Train.Format.IDX, folder.resolve("digits").toString()))
            .set("augmentation.flip=true", "augmentation.crop=2", "augmentation.rotation=10");
  }

  private Jobs textJob(String network) {
    Path texts = folder.resolve("texts.tsv");
    Sentences.write(texts, 320);
    return Jobs.digits()
        .with(Jobs.data("{format: text, path: texts.tsv, text: {sequence_length: 24}}"))
        .with(Jobs.model("{type: " + network + ", width: 32, layers: 2}"))
        .set(
            "data.path=" + texts,
            "batch_size=16",
            "optimizer.schedule.type=cosine",
            "checkpoint.keep=2");
  }

  /** Losses by epoch, and where the last epoch's weights are. */
  private record Outcome(Map<Integer, Map<String, Double>> losses, Path network) {}

  private Outcome train(Jobs job, Path place) throws Exception {
    Map<Integer, Map<String, Double>> losses = new TreeMap<>();
    try (WorkerProcess worker = WorkerProcess.start(job, Jobs.EXAMPLES, place)) {
      follow(worker, losses);
      assertThat(worker.process().waitFor()).isZero();
    }
    return new Outcome(losses, newestNetwork(place));
  }

  private Outcome trainKilled(Jobs job, Path place, int milliseconds, int wanted) throws Exception {
    Map<Integer, Map<String, Double>> losses = new TreeMap<>();
    for (int node = 0; ; node++) {
      Path here = place.resolve("node" + node);
      try (WorkerProcess worker = WorkerProcess.start(job, Jobs.EXAMPLES, here)) {
        worker.await(Progress.Kind.STARTED);
        Thread reader = new Thread(() -> follow(worker, losses), "reader");
        reader.start();
        boolean ended =
            kills < wanted
                ? worker.process().waitFor(random.nextInt(milliseconds), TimeUnit.MILLISECONDS)
                : worker.process().waitFor() == 0;
        worker.kill();
        reader.join();
        if (ended) {
          return new Outcome(losses, newestNetwork(here));
        }
      }
      kills++;
      insideCheckpoint += hasUnfinished(here) ? 1 : 0;
      Path next = place.resolve("node" + (node + 1));
      if (random.nextBoolean()) {
        travel(here, next);
      } else {
        Files.move(here, next); // The same node, with whatever the crash left.
      }
    }
  }

  /** An epoch that is trained again after a kill must come to the same values. */
  private static void follow(WorkerProcess worker, Map<Integer, Map<String, Double>> losses) {
    try {
      for (Optional<Progress> line = worker.next(); line.isPresent(); line = worker.next()) {
        Progress progress = line.get();
        if (progress.kind() == Progress.Kind.EPOCH
            && progress.epoch() != null
            && progress.metrics() != null) {
          Map<String, Double> metrics = new TreeMap<>(progress.metrics());
          metrics.remove("samples_per_second");
          Map<String, Double> before = losses.putIfAbsent(progress.epoch(), metrics);
          if (before != null && !before.equals(metrics)) {
            losses.put(-progress.epoch(), metrics);
          }
        }
      }
    } catch (IOException | NoSuchElementException e) {
      // A killed process leaves a torn line.
    }
  }

  /** To another node's empty folder, by the storage port. */
  private void travel(Path from, Path to) throws IOException {
    FolderStorage storage =
        new FolderStorage(folder.resolve("storage").resolve(to.toString().replace('/', '_')));
    Files.createDirectories(to.resolve("checkpoints"));
    FolderStorage source = new FolderStorage(from.resolve("checkpoints"));
    for (long step : source.steps()) {
      storage.put(step, from.resolve("checkpoints").resolve(Long.toString(step)));
      storage.get(step, to.resolve("checkpoints").resolve(Long.toString(step)));
    }
    delete(from);
  }

  private static boolean hasUnfinished(Path place) throws IOException {
    Path checkpoints = place.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return false;
    }
    try (Stream<Path> children = Files.list(checkpoints)) {
      return children.anyMatch(child -> child.toString().endsWith(".unfinished"));
    }
  }

  private static Path newestNetwork(Path place) throws IOException {
    long newest = new FolderStorage(place.resolve("checkpoints")).steps().get(0);
    return place.resolve("checkpoints").resolve(Long.toString(newest)).resolve("network.pt");
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
