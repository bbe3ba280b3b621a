package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.Environment;
import nomadml.spec.Json;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.FaultyLink;
import nomadml.system.servers.FaultyLink.Fault;
import nomadml.system.servers.Run;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Signal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * What a run told and MLflow has not, when the disk is full or the node is lost. The spool's file
 * is {@code /dev/full}, where the kernel has no space left for any write: to have that, nobody
 * needs the right to mount anything.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class SpoolIT {
  private static final int EPOCHS = 24;
  private static final String MEMORY = "system/system_memory_usage_megabytes";

  private final Cluster cluster = Cluster.start("spool", 0);

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aTrainingGoesOnAtItsPaceAndLosesNothingThatMemoryHolds() throws IOException {
    try (FaultyLink link = FaultyLink.to(cluster.mlflow().port())) {
      Supervised twin = digits("room");
      Supervised job = digits("no-room").with(Environment.MLFLOW_TRACKING_URI, link.address());
      Path full = fill(job);
      RunningProgram undisturbed = twin.start();
      RunningProgram attempt = job.start();
      job.awaitEpochs(3);
      link.fail(Fault.HANGS);
      job.awaitEpochs(EPOCHS - 4);
      assertThat(job.warnings())
          .filteredOn(text -> text.contains("the spool"))
          .singleElement()
          .asString()
          .contains("No space left on device", "reports are kept in memory", "hint: free space");
      Files.delete(full);
      Eventually.until(
          "there is room again",
          () -> job.warnings().stream().anyMatch(text -> text.contains("nothing was lost")));
      link.heal();
      assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
      assertThat(undisturbed.awaitExit()).isEqualTo(TaskExit.DONE);
      assertThat(seconds(job)).isLessThan(2 * seconds(twin));
      assertRun(job.run()).hasStatus("FINISHED").hasEveryEpoch(EPOCHS).neverGoesBack();
      assertThat(job.run().artifacts("")).contains("metrics.csv", "model/MLmodel");
    }
  }

  @Test
  void whatNeitherMemoryNorMlflowNorTheDiskKeepsIsToldAsLost() throws IOException {
    try (FaultyLink link = FaultyLink.to(cluster.mlflow().port())) {
      link.fail(Fault.REFUSED);
      Supervised job = digits("lost").with(Environment.MLFLOW_TRACKING_URI, link.address());
      fill(job);
      RunningProgram attempt = job.start();
      job.awaitEpochs(EPOCHS);
      Eventually.until("it is over", () -> Files.exists(job.folder(".").resolve("verdict.json")));
      Signal.send("TERM", attempt.tree());
      assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
      assertThat(job.warnings())
          .anyMatch(
              text ->
                  text.matches(
                      "\\d+ reports are lost: neither MLflow nor the disk (?s:.*)hint: (?s:.*)"))
          .noneMatch(text -> text.contains("they are in"));
      List<Progress> told = job.progress();
      assertThat(told.get(told.size() - 1).kind()).isEqualTo(Progress.Kind.FINISHED);
    }
  }

  @Test
  void whatACommandToldOnALostNodeIsTakenInByItsNextAttempt() throws IOException {
    Path storage = cluster.folders().state("checkpoint-storage");
    Path over = storage.resolveSibling("over");
    Path file =
        JobFiles.command(
            cluster.folders().state("jobs"),
            "lost-command",
            "[sh, -c, 'test -e %s || exec sleep 600']".formatted(over));
    try (FaultyLink link = FaultyLink.to(cluster.mlflow().port())) {
      Supervised job =
          Supervised.of(cluster, "lost-command", file)
              .with(Environment.CHECKPOINT_STORAGE, storage.toString())
              .with(Environment.MLFLOW_TRACKING_URI, link.address());
      RunningProgram attempt = job.start();
      Eventually.until("MLflow has its first values", () -> !job.run().history(MEMORY).isEmpty());
      link.fail(Fault.REFUSED);
      long away = System.currentTimeMillis();
      Eventually.until(
          "values that MLflow has not are stored",
          () -> storedSamples(storage).anyMatch(time -> time > away));
      attempt.close();
      List<Long> stored = storedSamples(storage).filter(time -> time > away).toList();
      link.heal();
      Files.createFile(over);
      Supervised next = job.elsewhere();
      RunningProgram second = next.start();
      assertThat(second.awaitExit()).as(second.output()).isEqualTo(TaskExit.DONE);
      assertThat(next.run().history(MEMORY)).extracting(Run.Point::timestamp).containsAll(stored);
      assertThat(next.run().tag(Names.TAG_ATTEMPT)).isEqualTo("2");
      assertThat(next.run().status()).isEqualTo("FINISHED");
      assertThat(storedSamples(storage)).isEmpty();
    }
  }

  /** When the values of the machine were measured that are stored and not in MLflow. */
  private static Stream<Long> storedSamples(Path storage) throws IOException {
    List<Long> times = new ArrayList<>();
    try (Stream<Path> files = Files.walk(storage)) {
      for (Path file : files.filter(path -> path.endsWith("spool-tail.jsonl")).toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode entry = Json.MAPPER.readTree(line).path("entry");
          if (entry.path("values").has(MEMORY)) {
            times.add(entry.path("timestamp").asLong());
          }
        }
      }
    }
    return times.stream();
  }

  private Supervised digits(String name) {
    return Supervised.digits(
        cluster, name, JobFiles.slow(name, EPOCHS, "--set", "train.batch_size=4"));
  }

  private static Path fill(Supervised job) throws IOException {
    return Files.createSymbolicLink(
        job.folder("spool").resolve("0000000000000000001.jsonl"), Path.of("/dev/full"));
  }

  /** From the first epoch's end to the last one's. */
  private static double seconds(Supervised job) {
    List<Progress> epochs = job.told(Progress.Kind.EPOCH);
    return (epochs.get(EPOCHS - 1).timestamp() - epochs.get(0).timestamp()) / 1000.0;
  }
}
