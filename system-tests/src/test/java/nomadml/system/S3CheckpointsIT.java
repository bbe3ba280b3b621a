package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.NomadNode;
import nomadml.system.servers.ObjectStore;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Run;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints in a bucket or a shared folder: a run goes on where nothing of it is. */
@TestInstance(Lifecycle.PER_CLASS)
final class S3CheckpointsIT {
  private static final int EPOCHS = 20;

  /** A training of many small steps takes long on a machine that does much else. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final String BUCKET = "checkpoints";

  private final Cluster cluster = Cluster.start("s3", 2);
  private final ObjectStore store = ObjectStore.start(cluster.folders());
  private final SubmitJob submitJob = SubmitJob.on(cluster, "s3");
  private final List<String> submitted = new ArrayList<>();

  S3CheckpointsIT() {
    store.makeBucket(BUCKET);
  }

  @AfterEach
  void everyNodeIsBackAndIdle() {
    submitted.forEach(cluster.nomad()::stop);
    submitted.clear();
    for (NomadNode node : cluster.nodes()) {
      cluster.nomad().eligible(node.id(), true);
    }
  }

  @AfterAll
  void end() {
    store.close();
    cluster.close();
  }

  @Test
  void aLostNodesRunGoesOnFromTheBucket() {
    Submitted job = underWay("bucket", inBucket("bucket"));
    NomadNode lost = loseNode(job, () -> !steps("bucket").isEmpty());
    assertResumed(job);
    lost.restart();
    assertThat(job.run().artifacts("checkpoints")).isEmpty();
  }

  @Test
  void aLostNodesRunGoesOnFromASharedFolder() throws Exception {
    Path folder = cluster.folders().state("shared");
    Submitted job =
        underWay("folder", "--set", "train.checkpoint.storage=" + folder.toAbsolutePath());
    NomadNode lost = loseNode(job, () -> hasManifest(folder));
    assertResumed(job);
    lost.restart();
    assertThat(job.run().artifacts("checkpoints")).isEmpty();
  }

  @Test
  void aLostNodesRunGoesOnFromTheBucketWhileMlflowIsGone() {
    store.put(BUCKET, "data/digits.csv.gz", Repository.file("examples/data/digits.csv.gz"));
    String[] all =
        SubmitJob.joined(
            List.of("--set", "train.data.path=s3://" + BUCKET + "/data/digits.csv.gz"),
            inBucket("alone"));
    Submitted job = underWay("alone", all);
    Run run = job.run();
    Eventually.until("its data is noted", PATIENCE, () -> !run.param("data_sha256").isEmpty());
    assertThat(run.param("data_source_sha256")).hasSize(64).isEqualTo(run.param("data_sha256"));
    assertThat(run.artifacts("inputs")).isEmpty();
    Eventually.until("a checkpoint is stored", PATIENCE, () -> !steps("alone").isEmpty());
    cluster.mlflow().close();
    NomadNode lost = loseNode(job, () -> true);
    Eventually.until(
        "it goes on there",
        PATIENCE,
        () -> job.progress().stream().anyMatch(line -> line.kind() == Progress.Kind.RESUMED));
    cluster.mlflow().restart();
    assertResumed(job);
    lost.restart();
  }

  @Test
  void aDamagedObjectIsRefusedAndTheCheckpointBeforeItTaken() throws Exception {
    Submitted job = underWay("damaged", inBucket("damaged"));
    Eventually.until("two are stored", PATIENCE, () -> steps("damaged").size() >= 2);
    NomadNode lost = job.node();
    NomadNode other =
        cluster.nodes().stream().filter(node -> !node.equals(lost)).findFirst().orElseThrow();
    cluster.nomad().eligible(other.id(), false);
    lost.kill();
    long newest = steps("damaged").get(0);
    Path damage = Files.writeString(submitJob.folder().resolve("damage"), "not a network");
    store.put(
        BUCKET,
        store.keys(BUCKET).stream()
            .filter(key -> key.startsWith("damaged/") && key.endsWith("/" + newest + "/network.pt"))
            .findFirst()
            .orElseThrow(),
        damage);
    cluster.nomad().eligible(other.id(), true);
    Eventually.until("another node has it", () -> !job.node().equals(lost));
    assertResumed(job);
    lost.restart();
    assertThat(warnings(job))
        .anyMatch(
            line -> line.contains("step %d is not used: network.pt is damaged".formatted(newest)));
  }

  @ParameterizedTest
  @CsvSource({
    "denied, wrong-password, checkpoints, hint: check AWS_ACCESS_KEY_ID",
    "missing, a-password-of-tests, no-such-bucket, hint: make the bucket no-such-bucket"
  })
  void aTrainingGoesOnWithoutItsStorageAndSaysSo(
      String name, String password, String bucket, String hint) {
    String[] settings =
        SubmitJob.joined(
            List.of("--set", "train.checkpoint.storage=s3://" + bucket + "/" + name),
            store.settings(password));
    Submitted job =
        Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, JobFiles.slow(name, 4, settings)));
    submitted.add(job.job());
    awaitFinished(job);
    assertRun(job.run()).hasEveryEpoch(4).hasTag(Names.TAG_ATTEMPT, "1");
    assertThat(warnings(job))
        .filteredOn(line -> line.contains("checkpoints stay on this node"))
        .singleElement()
        .asString()
        .contains(hint)
        .doesNotContain(password.equals("wrong-password") ? password : "a-password");
  }

  private String[] inBucket(String prefix) {
    return SubmitJob.joined(
        List.of("--set", "train.checkpoint.storage=s3://" + BUCKET + "/" + prefix),
        store.settings());
  }

  private Submitted underWay(String name, String... more) {
    Submitted job =
        Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, JobFiles.slow(name, EPOCHS, more)));
    submitted.add(job.job());
    Eventually.until(
        job.job() + " has a checkpoint and goes on",
        PATIENCE,
        () -> kinds(job).filter(Progress.Kind.CHECKPOINT::equals).count() >= 2);
    return job;
  }

  private NomadNode loseNode(Submitted job, Callable<Boolean> stored) {
    Eventually.until("a checkpoint is stored", PATIENCE, stored);
    NomadNode lost = job.node();
    lost.kill();
    Eventually.until("another node has it", () -> !job.node().equals(lost));
    return lost;
  }

  /** The steps of the checkpoints in the bucket that are whole, the newest first. */
  private List<Long> steps(String prefix) {
    return store.keys(BUCKET).stream()
        .filter(key -> key.startsWith(prefix + "/") && key.endsWith("/manifest.json"))
        .map(key -> Long.valueOf(key.split("/", -1)[2]))
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private static void awaitFinished(Submitted job) {
    Eventually.until(
        job.job() + " has finished", PATIENCE, () -> job.run().status().equals("FINISHED"));
  }

  private static Stream<Progress.Kind> kinds(Submitted job) {
    return job.progress().stream().map(Progress::kind);
  }

  private static boolean hasManifest(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.anyMatch(file -> file.endsWith("manifest.json"));
    }
  }

  private static void assertResumed(Submitted job) {
    awaitFinished(job);
    assertRun(job.run()).hasEveryEpoch(EPOCHS).neverGoesBack().hasTag(Names.TAG_ATTEMPT, "2");
    assertThat(job.progress()).extracting(Progress::kind).contains(Progress.Kind.RESUMED);
  }

  private static List<String> warnings(Submitted job) {
    return job.progress().stream()
        .filter(line -> line.kind() == Progress.Kind.WARNING)
        .map(line -> String.valueOf(line.message()))
        .toList();
  }
}
