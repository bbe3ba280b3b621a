package nomadml.trainer.supervisor;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.trainer.Sha256;
import nomadml.trainer.report.InMemoryTracker;
import nomadml.trainer.storage.FolderStorage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that goes on where nothing of it is: its checkpoints and its spool have travelled. */
class TravelTest {
  /** Finds the folder of checkpoints among the worker's arguments. */
  private static final String CHECKPOINTS =
      "while [ \"$1\" != --checkpoints ]; do shift; done; checkpoints=$2; ls $2 2>/dev/null || true\n";

  @TempDir private Path home;
  @TempDir private Path otherNode;
  private Path storage;

  @BeforeEach
  void begin() {
    storage = home.resolve("storage");
  }

  @Test
  void goesOnFromTheNewestCheckpointWithAllItsMetrics() throws Exception {
    Lab first = node(home);
    first.tracker.mode(InMemoryTracker.Mode.DOWN);
    first
        .worker(
            Lab.says(Progress.Kind.EPOCH, 1, "{}")
                + CHECKPOINTS
                + checkpoint(1, 1)
                + "echo ready\nexec sleep 60\n")
        .start();
    first.awaitOutput("ready");
    eventually("it is stored", () -> steps().equals(List.of(1L)));
    first.stop();
    first.await();

    Lab second = node(otherNode);
    second.fence = new ManualFence(2, true);
    assertThat(second.worker(CHECKPOINTS + Lab.says(Progress.Kind.EPOCH, 2, "{}")).run())
        .isEqualTo(TaskExit.DONE);
    assertThat(second.output()).contains("1\n");
    assertThat(second.runFolder.resolve("checkpoints/1"))
        .isDirectoryNotContaining("glob:**spool-tail.jsonl");
    assertThat(second.tracker.points("train_loss")).extracting("step").containsExactly(1L, 2L);
  }

  @Test
  void bringsTheBestCheckpointToo() throws Exception {
    Lab first = node(home);
    String waits = "until [ -e '%s/go' ]; do sleep 0.02; done\n".formatted(home);
    first
        .worker(
            CHECKPOINTS
                + checkpoint(1, 1)
                + waits
                + checkpoint(2, 2)
                + checkpoint(3, 2)
                + "echo ready\nexec sleep 60\n")
        .start();
    eventually("the first is stored", () -> steps().equals(List.of(1L)));
    Files.createFile(home.resolve("go"));
    first.awaitOutput("ready");
    first.stop();
    first.await();
    assertThat(steps()).containsExactly(3L, 2L, 1L);

    Lab second = node(otherNode);
    second.fence = new ManualFence(2, true);
    assertThat(second.worker(CHECKPOINTS).run()).isEqualTo(TaskExit.DONE);
    assertThat(second.output()).contains("2\n3\n").doesNotContain("1\n2\n");
  }

  @Test
  void takesTheOneBeforeWhenTheNewestIsDamaged() throws Exception {
    store(1, "weights");
    store(2, "weights");
    Files.writeString(storage.resolve("2/network.pt"), "damaged");
    Lab lab = node(home);
    lab.fence = new ManualFence(2, true);
    assertThat(lab.worker(CHECKPOINTS).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.runFolder.resolve("checkpoints/1")).exists();
    assertThat(lab.runFolder.resolve("checkpoints/2")).doesNotExist();
    assertThat(lab.warnings())
        .anyMatch(warning -> warning.contains("step 2 is not used: network.pt is damaged"));
  }

  @Test
  void takesTheOneBeforeWhenTheNewestsManifestIsDamaged() throws Exception {
    store(1, "weights");
    store(2, "weights");
    Files.writeString(storage.resolve("2/manifest.json"), "{\"files\":");
    Lab lab = node(home);
    lab.fence = new ManualFence(2, true);
    assertThat(lab.worker(CHECKPOINTS).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.runFolder.resolve("checkpoints/1")).exists();
    assertThat(lab.warnings())
        .anyMatch(warning -> warning.contains("step 2 is not used: its manifest is no JSON"));
  }

  @Test
  void beginsAnewWithAWarningWhenTheStorageCantBeReached() throws Exception {
    Files.createDirectories(storage.resolve("3/manifest.json"));
    Lab lab = node(home);
    lab.fence = new ManualFence(2, true);
    assertThat(lab.worker(CHECKPOINTS).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.warnings()).anyMatch(warning -> warning.contains("the training begins anew"));
  }

  @Test
  void asksForNoCheckpointAtTheFirstAttempt() throws Exception {
    store(1, "weights");
    Lab lab = node(home);
    assertThat(lab.worker(CHECKPOINTS).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.runFolder.resolve("checkpoints/1")).doesNotExist();
  }

  @Test
  void takesInWhatACommandToldOnANodeThatIsLost() throws Exception {
    Lab first = command(home);
    first.tracker.mode(InMemoryTracker.Mode.DOWN);
    first.start();
    first.awaitOutput("ready");
    eventually("what it told is stored", () -> tail().contains("\"nomad_ml.node\""));
    eventually("its machine's values too", () -> tail().contains("\"kind\":\"system\""));
    Path lost = home.resolve("lost");
    // As it is when the node is lost; the supervisor here goes on, and replaces what is being
    // copied.
    eventually("a copy of one moment", () -> copied(storage, lost));
    first.stop();
    first.await();

    storage = lost;
    long samples = tail().lines().filter(line -> line.contains("\"kind\":\"system\"")).count();
    Lab second = command(otherNode);
    second.command = List.of("true");
    second.fence = new ManualFence(2, true);
    assertThat(second.run()).isEqualTo(TaskExit.DONE);
    assertThat(second.tracker.points("system/cpu_utilization_percentage"))
        .hasSizeGreaterThanOrEqualTo((int) samples);
    assertThat(second.tracker.tags()).containsEntry("nomad_ml.attempt", "2");
    assertThat(steps()).as("what is stored once MLflow has everything").isEmpty();
  }

  @Test
  void storesNothingOfACommandOfWhichMlflowHasEverything() throws Exception {
    Lab lab = command(home);
    lab.command = List.of("sh", "-c", "sleep 0.5");
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(steps()).isEmpty();
  }

  @Test
  void aCommandRunsThoughTheStorageCantBeReached() throws Exception {
    Files.writeString(storage, "not a folder");
    Lab lab = command(home);
    lab.command = List.of("sh", "-c", "echo it ran; sleep 0.3");
    lab.tracker.mode(InMemoryTracker.Mode.DOWN);
    lab.times =
        new Surroundings.Times(
            lab.times.servers(),
            Duration.ofMillis(100),
            lab.times.leave(),
            lab.times.stop(),
            Duration.ofMillis(100),
            lab.times.retry(),
            lab.times.tail());
    assertThat(lab.run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output()).contains("it ran");
    assertThat(lab.warnings())
        .filteredOn(warning -> warning.contains("stays on this node until it can be stored"))
        .hasSize(1);
  }

  private Lab command(Path folder) {
    Lab lab = node(folder);
    lab.command = List.of("sh", "-c", "echo ready; exec sleep 60");
    return lab;
  }

  /** The spool's tail as it is stored; empty while there is none. */
  private String tail() {
    try {
      List<Long> steps = new FolderStorage(storage).steps();
      return steps.isEmpty()
          ? ""
          : Files.readString(storage.resolve(steps.get(0) + "/spool-tail.jsonl"));
    } catch (IOException e) {
      return "";
    }
  }

  private static boolean copied(Path from, Path to) {
    try (Stream<Path> before = Files.exists(to) ? Files.walk(to) : Stream.empty()) {
      for (Path path : before.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
      for (Path path : files(from)) {
        Path target = to.resolve(from.relativize(path).toString());
        Files.createDirectories(target.getParent());
        Files.copy(path, target);
      }
      return relative(from).equals(relative(to));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static List<String> relative(Path folder) throws IOException {
    return files(folder).stream().map(file -> folder.relativize(file).toString()).toList();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private Lab node(Path folder) {
    Lab lab = new Lab(folder);
    lab.storage = storage;
    return lab;
  }

  private List<Long> steps() {
    try {
      return new FolderStorage(storage).steps();
    } catch (IOException e) {
      return List.of();
    }
  }

  private void store(long step, String weights) throws IOException {
    Path folder = Files.createDirectories(storage.resolve(Long.toString(step)));
    Files.writeString(folder.resolve("network.pt"), weights);
    Files.writeString(folder.resolve("manifest.json"), manifest(folder.resolve("network.pt")));
  }

  private static String manifest(Path file) throws IOException {
    return "{\"files\":{\"network.pt\":{\"bytes\":%d,\"sha256\":\"%s\"}}}"
        .formatted(Files.size(file), Sha256.of(file));
  }

  /** A worker's checkpoint, as a shell script makes it. */
  private static String checkpoint(long step, long best) {
    return """
        mkdir -p "$checkpoints/%1$d"
        printf weights > "$checkpoints/%1$d/network.pt"
        sum=$(sha256sum < "$checkpoints/%1$d/network.pt" | cut -d' ' -f1)
        files='{"network.pt":{"bytes":7,"sha256":"'$sum'"}}'
        echo '{"files":'$files',"state":{"best":{"step":%2$d}}}' > "$checkpoints/%1$d/manifest.json"
        echo '{"nomad_ml":"checkpoint","timestamp":1,"epoch":1,"epochs":3,"step":%1$d,"facts":{"checkpoint":"'$checkpoints/%1$d'","best_step":"%2$d"}}'
        """
        .formatted(step, best);
  }
}
