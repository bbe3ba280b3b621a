package nomadml.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.spec.Environment;
import nomadml.spec.JobFileException;
import nomadml.spec.JobFileReader;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Run;
import nomadml.system.servers.RunningProgram;

/**
 * The task of a job as Nomad would start it, on a node the test plays: its folder can be spoilt
 * between two attempts. The servers are a cluster's, found through its Consul.
 */
final class Supervised {
  private final Cluster cluster;
  private final String name;
  private final Path jobFile;
  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<RunningProgram> attempts = new ArrayList<>();

  private Supervised(Cluster cluster, String name, Path jobFile, Path folder) {
    this.cluster = cluster;
    this.name = name;
    this.jobFile = jobFile;
    this.folder = folder;
  }

  /** The digits with overrides, as a submission and on a node of their own. */
  static Supervised digits(Cluster cluster, String name, String... overrides) {
    return of(cluster, name, JobFiles.DIGITS, overrides);
  }

  /** A job, as a submission and on a node of its own. */
  static Supervised of(Cluster cluster, String name, Path job, String... overrides) {
    List<String> settings = Stream.of(overrides).filter(word -> !word.equals("--set")).toList();
    Path home = cluster.folders().state("task-" + name);
    Path jobFile = home.resolve("job.json");
    try {
      Json.MAPPER.writeValue(jobFile.toFile(), JobFileReader.read(job, settings));
    } catch (IOException | JobFileException e) {
      throw new IllegalStateException(e);
    }
    return new Supervised(cluster, name, jobFile, home.resolve("run")).onNode();
  }

  /** The same submission on a node that has nothing of it. */
  Supervised elsewhere() {
    Supervised other =
        new Supervised(cluster, name, jobFile, folder.resolveSibling("run-elsewhere")).onNode();
    other.environment.putAll(environment);
    other.environment.put(Environment.RUN_FOLDER, other.folder.toString());
    other.environment.put("NOMAD_ALLOC_ID", "allocation-elsewhere");
    return other;
  }

  private Supervised onNode() {
    environment.put(Environment.JOB_FILE, jobFile.toString());
    environment.put(Environment.SUBMISSION_ID, "submission-" + name);
    environment.put(Environment.RUN_FOLDER, folder.toString());
    environment.put(Environment.CONSUL, "http://" + cluster.consul().address());
    environment.put("OMP_NUM_THREADS", "1"); // Trainings that share few cores must not spin.
    environment.put("NOMAD_JOB_ID", name);
    environment.put("NOMAD_ALLOC_ID", "allocation-" + name);
    copy(Repository.file("examples/data/digits.csv.gz"), folder("inputs/data"));
    return this;
  }

  Supervised with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** A folder of the run's folder, which is made when it is not there. */
  Path folder(String path) {
    try {
      return Files.createDirectories(folder.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts an attempt. */
  RunningProgram start() {
    Path log =
        cluster.folders().log("%s-%02d".formatted(name + folder.getFileName(), attempts.size()));
    RunningProgram attempt =
        RunningProgram.start(
            "supervisor of " + name,
            log,
            log.resolveSibling(log.getFileName() + ".err"),
            folder("."),
            environment,
            List.of(Repository.file("trainer/target/trainer/bin/trainer").toString(), "supervise"));
    attempts.add(attempt);
    return attempt;
  }

  /** What the newest attempt told so far. */
  List<Progress> progress() {
    return attempts
        .get(attempts.size() - 1)
        .output()
        .lines()
        .flatMap(line -> ProgressLine.read(line).stream())
        .toList();
  }

  /** What of a kind the newest attempt told so far. */
  List<Progress> told(Progress.Kind kind) {
    return progress().stream().filter(line -> line.kind() == kind).toList();
  }

  /** What the newest attempt warned of so far. */
  List<String> warnings() {
    return told(Progress.Kind.WARNING).stream()
        .map(line -> String.valueOf(line.message()))
        .toList();
  }

  /** Waits until the newest attempt has told of so many epochs. */
  void awaitEpochs(int count) {
    Eventually.until(
        name + " has trained %d epochs".formatted(count),
        () -> told(Progress.Kind.EPOCH).size() >= count);
  }

  /** The complete checkpoints in the run's folder, the newest first. */
  List<Path> checkpoints() {
    return checkpoints(folder("checkpoints"));
  }

  /** The complete checkpoints among the run's artifacts, as MLflow keeps them, the newest first. */
  List<Path> storedCheckpoints() {
    return checkpoints(cluster.mlflow().stored(run(), "checkpoints"));
  }

  private static List<Path> checkpoints(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(child -> child.getFileName().toString().matches("\\d+"))
          .filter(child -> Files.exists(child.resolve("manifest.json")))
          .sorted(Comparator.comparingLong(Supervised::step).reversed())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The step of a checkpoint. */
  static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString());
  }

  /** The one run of the submission. */
  Run run() {
    return cluster.mlflow().runOf(name);
  }

  private static void copy(Path file, Path folder) {
    try {
      Files.copy(
          file, folder.resolve(file.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
