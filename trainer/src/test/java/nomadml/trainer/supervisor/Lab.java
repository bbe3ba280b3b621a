package nomadml.trainer.supervisor;

import static nomadml.trainer.report.Eventually.eventually;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import nomadml.spec.ByteSize;
import nomadml.spec.FailureCause;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.TimeSpan;
import nomadml.spec.Train;
import nomadml.spec.log.LogFormat;
import nomadml.trainer.Jobs;
import nomadml.trainer.report.InMemoryGauges;
import nomadml.trainer.report.InMemoryTracker;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.sources.NodeCache;
import nomadml.trainer.storage.FolderStorage;
import org.jspecify.annotations.Nullable;

/** A supervisor with servers in memory and a shell script for a worker. */
final class Lab {
  final InMemoryTracker tracker = new InMemoryTracker();
  final InMemoryGauges gauges = new InMemoryGauges();
  final AtomicLong memoryKills = new AtomicLong();
  final List<Input> inputs = new ArrayList<>();
  Fence fence = new FolderFence();
  InputSource inputSource = new LinkedInputs();
  Surroundings.Sources sources =
      (location, folder) -> {
        throw new IllegalStateException(location.shown());
      };
  Map<String, String> recorded = Map.of();
  Train.Data data = Jobs.digits().build().data();
  List<FailureCause> retryOn = List.of(FailureCause.NATIVE_CRASH, FailureCause.OUT_OF_MEMORY);
  int attempts = 3;
  @Nullable String timeLimit;
  @Nullable List<String> command;
  @Nullable String register;
  @Nullable Path storage;
  boolean tracked = true;
  String allocation = "allocation-1";
  Surroundings.Times times =
      new Surroundings.Times(
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofMillis(10),
          Duration.ofMillis(50));

  private final Path home;
  final Path runFolder;
  private Path script;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream error = new ByteArrayOutputStream();
  private @Nullable Supervisor supervisor;
  private @Nullable CompletableFuture<Integer> exit;

  Lab(Path home) {
    this.home = home;
    this.runFolder = home.resolve("run");
    this.script = home.resolve("worker.sh");
  }

  /** The worker: a shell script that gets the trainer's arguments. */
  Lab worker(String text) throws IOException {
    Files.writeString(script, text);
    return this;
  }

  /** A line of the worker, for a script to print. */
  static String says(Progress.Kind kind, long step, String facts) {
    return """
        echo '{"nomad_ml":"%s","timestamp":%d,"epoch":%d,"epochs":3,"step":%d,"metrics":{"train_loss":%s},"facts":%s}'
        """
        .formatted(
            Json.MAPPER.convertValue(kind, String.class),
            1000 + step,
            step,
            step,
            1.0 / step,
            facts);
  }

  /** Runs the supervisor to its end. */
  int run() throws Exception {
    start();
    return await();
  }

  void start() throws IOException {
    out.reset();
    error.reset();
    RunFolder folder = RunFolder.open(runFolder);
    Output output = new Output(out, error, folder, Clock.systemUTC(), LogFormat.JSON);
    Report report =
        new Report(
            runFolder,
            new RunIdentity("run-1", "submission-1", "experiment", "name", Map.of()),
            tracker,
            gauges,
            Clock.systemUTC(),
            output::warning);
    Surroundings around =
        new Surroundings(
            report,
            gauges,
            fence,
            inputSource,
            new Surroundings.Remotes(
                new NodeCache(home.resolve("cache"), 1 << 20, Clock.systemUTC(), output::warning),
                sources,
                () -> recorded),
            () -> Optional.ofNullable(storage).map(FolderStorage::new),
            machine(),
            List.of("sh", script.toString()),
            () -> Map.of("MLFLOW_TRACKING_URI", "http://mlflow.example"),
            tracked,
            "1.0",
            Clock.systemUTC(),
            times);
    Supervisor started = new Supervisor(task(), folder, around, output);
    supervisor = started;
    exit =
        CompletableFuture.supplyAsync(
            () -> {
              try (folder) {
                return started.run();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  void stop() {
    java.util.Objects.requireNonNull(supervisor).stop();
  }

  int await() throws Exception {
    return java.util.Objects.requireNonNull(exit).get(30, TimeUnit.SECONDS);
  }

  /** Stdout, then stderr. */
  String output() {
    return out.toString(StandardCharsets.UTF_8) + error.toString(StandardCharsets.UTF_8);
  }

  void awaitOutput(String text) {
    eventually("the supervisor prints " + text + ": " + output(), () -> output().contains(text));
  }

  List<Progress> progress() {
    return output().lines().flatMap(line -> ProgressLine.read(line).stream()).toList();
  }

  /** The last line of stdout. */
  Progress last() {
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    return ProgressLine.read(lines.get(lines.size() - 1)).orElseThrow();
  }

  List<String> warnings() {
    return progress().stream()
        .filter(line -> line.kind() == Progress.Kind.WARNING)
        .map(line -> String.valueOf(line.message()))
        .toList();
  }

  /** How often a worker was started, as its script counts it in a file. */
  long starts() throws IOException {
    Path count = home.resolve("starts");
    return Files.exists(count) ? Files.readAllLines(count).size() : 0;
  }

  String countStart() {
    return "echo start >> '%s'\n".formatted(home.resolve("starts"));
  }

  private Machine machine() {
    return new Machine() {
      @Override
      public Map<String, Double> sample(long pid) {
        return Map.of("system/cpu_utilization_percentage", 50.0);
      }

      @Override
      public OptionalLong outOfMemoryKills() {
        return OptionalLong.of(memoryKills.getAndAdd(memoryKills.get() > 0 ? 1 : 0));
      }
    };
  }

  private Task task() throws IOException {
    Path jobFile = home.resolve("job-file.json");
    JobFile job = job();
    Json.MAPPER.writeValue(jobFile.toFile(), job);
    return new Task(
        job,
        jobFile,
        "submission-1",
        "run-1",
        runFolder,
        inputs,
        "abc123",
        false,
        "job-1",
        "default",
        allocation,
        "node-1",
        null);
  }

  private JobFile job() {
    return new JobFile(
        "digits",
        "experiment",
        command == null ? Jobs.digits().with(data).epochs(3).build() : null,
        command,
        List.of(),
        null,
        null,
        Map.of(),
        Map.of(),
        new JobFile.Resources(1000, new ByteSize(1 << 30), new ByteSize(1 << 30), null),
        new JobFile.Retry(attempts, retryOn),
        timeLimit == null ? null : TimeSpan.parse(timeLimit),
        null,
        50,
        new JobFile.Placement(null, null, List.of("*"), List.of()),
        register,
        List.of(),
        JsonNodeFactory.instance.objectNode());
  }
}
