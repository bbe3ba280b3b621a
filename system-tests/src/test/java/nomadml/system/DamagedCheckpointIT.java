package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checkpoints that rot: they are refused by name, and the one before is taken. */
@TestInstance(Lifecycle.PER_CLASS)
final class DamagedCheckpointIT {
  private static final int EPOCHS = 40;
  private static final String WEIGHTS = "network.pt";

  private final Cluster cluster = Cluster.start("damaged", 0);

  /** What befalls a file. */
  private enum Damage {
    FLIPPED {
      @Override
      byte[] of(byte[] bytes) {
        bytes[bytes.length / 2] ^= 1;
        return bytes;
      }
    },
    TRUNCATED {
      @Override
      byte[] of(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length / 3);
      }
    };

    abstract byte[] of(byte[] bytes);

    void befall(Path file) throws IOException {
      Files.write(file, of(Files.readAllBytes(file)));
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @ParameterizedTest
  @EnumSource
  void theOneBeforeADamagedOneOnTheNodeIsTaken(Damage damage) throws IOException {
    Supervised job = stopped("here-" + damage.word());
    List<Path> checkpoints = job.checkpoints();
    damage.befall(checkpoints.get(0).resolve(WEIGHTS));
    assertGoesOnFrom(job, checkpoints.get(1), "checkpoint " + checkpoints.get(0));
  }

  @ParameterizedTest
  @EnumSource
  void theOneBeforeADamagedStoredOneIsTakenOnAnotherNode(Damage damage) throws IOException {
    Supervised job = stopped("stored-" + damage.word());
    List<Path> stored = job.storedCheckpoints();
    damage.befall(stored.get(0).resolve(WEIGHTS));
    assertGoesOnFrom(
        job.elsewhere(),
        stored.get(1),
        "stored checkpoint of step " + Supervised.step(stored.get(0)));
  }

  @Test
  void checkpointsOfAnotherModelAreRefused() throws IOException {
    Supervised other = stopped("other-model");
    Supervised job =
        Supervised.digits(
            cluster,
            "this-model",
            JobFiles.slow("this-model", 3, "--set", "train.model.hidden=[32]"));
    for (Path checkpoint : other.checkpoints()) {
      Path copy = job.folder("checkpoints/" + checkpoint.getFileName());
      try (Stream<Path> files = Files.list(checkpoint)) {
        for (Path file : files.toList()) {
          Files.copy(file, copy.resolve(file.getFileName().toString()));
        }
      }
    }
    RunningProgram attempt = job.start();
    assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
    for (Path checkpoint : other.checkpoints()) {
      assertThat(job.warnings())
          .anyMatch(
              text ->
                  text.contains("/" + checkpoint.getFileName() + " is not used")
                      && text.contains("another model"));
    }
    assertThat(job.told(Progress.Kind.RESUMED)).isEmpty();
    assertRun(job.run()).hasStatus("FINISHED").hasEveryEpoch(3).neverGoesBack();
  }

  /** A training that a signal ended, with two checkpoints or more, here and stored. */
  private Supervised stopped(String name) {
    Supervised job =
        Supervised.digits(
            cluster, name, JobFiles.slow(name, EPOCHS, "--set", "train.batch_size=2"));
    RunningProgram attempt = job.start();
    job.awaitEpochs(3);
    Eventually.until("two checkpoints are stored", () -> job.storedCheckpoints().size() > 1);
    attempt.signal("TERM");
    assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.RESUMABLE);
    assertThat(job.checkpoints()).hasSizeGreaterThan(1);
    return job;
  }

  private static void assertGoesOnFrom(Supervised job, Path checkpoint, String refused) {
    RunningProgram attempt = job.start();
    assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
    assertThat(job.warnings())
        .as(attempt.output())
        .anyMatch(text -> text.contains(refused) && text.contains(WEIGHTS + " is damaged"));
    assertThat(job.told(Progress.Kind.RESUMED))
        .singleElement()
        .extracting(Progress::step)
        .isEqualTo(Supervised.step(checkpoint));
    assertRun(job.run())
        .hasStatus("FINISHED")
        .hasEveryEpoch(EPOCHS)
        .neverGoesBack()
        .hasTag("nomad_ml.attempt", "2");
  }
}
