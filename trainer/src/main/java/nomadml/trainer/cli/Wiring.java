package nomadml.trainer.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import nomadml.spec.Announcements;
import nomadml.spec.ByteSize;
import nomadml.spec.CheckpointPlace;
import nomadml.spec.Environment;
import nomadml.spec.Launches;
import nomadml.spec.Location;
import nomadml.spec.Names;
import nomadml.trainer.consul.ConsulFence;
import nomadml.trainer.consul.ConsulServices;
import nomadml.trainer.mlflow.MlflowInputs;
import nomadml.trainer.mlflow.MlflowSources;
import nomadml.trainer.mlflow.MlflowStorage;
import nomadml.trainer.mlflow.MlflowTracker;
import nomadml.trainer.pushgateway.PushgatewayGauges;
import nomadml.trainer.report.Gauges;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.Services;
import nomadml.trainer.report.Snapshot;
import nomadml.trainer.report.Tracker;
import nomadml.trainer.resources.OutOfMemoryEvidence;
import nomadml.trainer.resources.ResourceSampler;
import nomadml.trainer.s3.S3Source;
import nomadml.trainer.s3.S3Storage;
import nomadml.trainer.sources.HttpSource;
import nomadml.trainer.sources.NodeCache;
import nomadml.trainer.sources.Source;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.storage.FolderStorage;
import nomadml.trainer.supervisor.Fence;
import nomadml.trainer.supervisor.FolderFence;
import nomadml.trainer.supervisor.InputSource;
import nomadml.trainer.supervisor.LinkedInputs;
import nomadml.trainer.supervisor.Machine;
import nomadml.trainer.supervisor.Output;
import nomadml.trainer.supervisor.RunFolder;
import nomadml.trainer.supervisor.RunStorage;
import nomadml.trainer.supervisor.Surroundings;
import nomadml.trainer.supervisor.Task;

/** Chooses what a supervisor works with: a cluster's servers, or this machine alone. */
final class Wiring {
  private static final String DEVELOPMENT = "development";
  private static final String CACHE_LIMIT = "20GiB";

  private final Task task;
  private final RunFolder folder;
  private final Map<String, String> environment;
  private final Output output;
  private final Clock clock;
  private final Services services;
  private final RunIdentity identity;
  private final Tracker tracker;

  Wiring(Task task, RunFolder folder, Map<String, String> environment, Output output, Clock clock) {
    this.task = task;
    this.folder = folder;
    this.environment = environment;
    this.output = output;
    this.clock = clock;
    this.services = new ConsulServices(environment, !task.local());
    this.identity =
        new RunIdentity(
            task.runId(), task.submission(), task.job().experiment(), task.job().name(), tags());
    this.tracker = new OneAtATime(new MlflowTracker(services, environment, clock));
  }

  /** Of a run that could not be made at submission. */
  private Map<String, String> tags() {
    Map<String, String> tags = new HashMap<>();
    tags.put(Names.TAG_JOB, task.jobId());
    tags.put(Names.TAG_NAMESPACE, task.namespace());
    tags.put(Names.TAG_SCHEDULE, Launches.schedule(task.jobId()).orElse(""));
    tags.put(Names.TAG_CLUSTER, environment.getOrDefault(Environment.CLUSTER, ""));
    tags.put(Names.MLFLOW_USER, environment.getOrDefault(Environment.SUBMITTER, ""));
    tags.put(Names.MLFLOW_SOURCE, environment.getOrDefault(Environment.SOURCE, ""));
    tags.put(Names.MLFLOW_SOURCE_TYPE, Names.mlflowSourceType(task.local()));
    tags.values().removeIf(String::isEmpty);
    tags.putAll(Announcements.tags(task.job()));
    return Map.copyOf(tags);
  }

  /** Everything, not yet started. */
  Surroundings surroundings() throws IOException {
    Gauges gauges = gauges();
    Report report = new Report(folder.path(), identity, tracker, gauges, clock, output::warning);
    return new Surroundings(
        report,
        gauges,
        fence(),
        inputs(),
        remotes(),
        storage(),
        machine(),
        trainer(),
        this::addresses,
        isTracked(),
        version(),
        clock,
        Surroundings.Times.USUAL);
  }

  /** A cluster has an MLflow, which Consul knows; without one, the environment may name it. */
  private boolean isTracked() {
    return !task.local() || isSet(Environment.MLFLOW_TRACKING_URI);
  }

  private Fence fence() {
    return task.local()
        ? new FolderFence()
        : new ConsulFence(
            environment, task.submission(), folder.resolve("consul-session"), output::warning);
  }

  private InputSource inputs() {
    if (task.local()) {
      return new LinkedInputs();
    }
    MlflowInputs inputs = new MlflowInputs(services, environment);
    return (input, target) -> {
      boolean isElsewhere = Location.isRemote(input.source());
      if (isElsewhere && Location.parse(input.source()) instanceof Location.RunArtifact shared) {
        RunAddress run = new RunAddress("", shared.run());
        inputs.download(run, shared.path(), target, input.bytes());
      } else {
        inputs.download(tracker.ensureRun(identity), input.source(), target, input.bytes());
      }
    };
  }

  private Surroundings.Remotes remotes() {
    MlflowSources mlflow = new MlflowSources(services, environment);
    return new Surroundings.Remotes(
        new NodeCache(cacheFolder().resolve("data"), cacheLimit(), clock, output::warning),
        (location, folder) -> source(mlflow, location, folder),
        () -> isTracked() ? mlflow.params(tracker.ensureRun(identity)) : Map.of());
  }

  private Source source(MlflowSources mlflow, Location location, boolean folder) {
    if (location instanceof Location.Web web) {
      return new HttpSource(web, environment.get(Environment.DATA_AUTHORIZATION));
    }
    if (location instanceof Location.Bucket bucket) {
      return new S3Source(bucket, folder, environment);
    }
    if (location instanceof Location.RunArtifact artifact) {
      return mlflow.at(artifact, folder);
    }
    if (location instanceof Location.RegisteredModel model) {
      return mlflow.at(model);
    }
    throw new IllegalArgumentException(location.shown() + " is beside the job file");
  }

  /** The run's own without one of the node. */
  private Path cacheFolder() {
    String named = environment.getOrDefault(Environment.CACHE, "");
    return named.isBlank() ? folder.resolve("cache") : Path.of(named);
  }

  private long cacheLimit() {
    String named = environment.getOrDefault(Environment.CACHE_LIMIT, "");
    try {
      return ByteSize.parse(named.isBlank() ? CACHE_LIMIT : named).bytes();
    } catch (IllegalArgumentException e) {
      output.warning(
          "%s is ignored: %s; it is %s"
              .formatted(Environment.CACHE_LIMIT, e.getMessage(), CACHE_LIMIT));
      return ByteSize.parse(CACHE_LIMIT).bytes();
    }
  }

  /** On a cluster MLflow keeps checkpoints by default; without one they stay on this machine. */
  private RunStorage storage() {
    CheckpointPlace place = task.checkpoints();
    if (place instanceof CheckpointPlace.Folder shared) {
      return always(new FolderStorage(Path.of(shared.path(), task.submission())));
    }
    if (place instanceof CheckpointPlace.Bucket shared) {
      String prefix = shared.prefix().isEmpty() ? "" : shared.prefix() + "/";
      return always(new S3Storage(shared.bucket(), prefix + task.submission(), environment));
    }
    if (task.local() && (place == null || !isTracked())) {
      return Optional::empty;
    }
    return always(new MlflowStorage(services, environment, () -> tracker.ensureRun(identity)));
  }

  private static RunStorage always(CheckpointStorage storage) {
    Optional<CheckpointStorage> kept = Optional.of(storage);
    return () -> kept;
  }

  /** Without a cluster only when the environment names a Pushgateway. */
  private Gauges gauges() {
    return !task.local() || isSet(Environment.PUSHGATEWAY)
        ? new PushgatewayGauges(services)
        : new NoGauges();
  }

  private Machine machine() {
    ResourceSampler sampler = new ResourceSampler(folder.path(), environment);
    OutOfMemoryEvidence evidence = OutOfMemoryEvidence.ofThisTask();
    return new Machine() {
      @Override
      public Map<String, Double> sample(long pid) {
        return sampler.sample(pid);
      }

      @Override
      public OptionalLong outOfMemoryKills() {
        return evidence.kills();
      }
    };
  }

  /** The launcher beside us, or the JVM and the classes we run on. */
  private List<String> trainer() {
    String home = environment.getOrDefault(Environment.TRAINER_HOME, "");
    return home.isEmpty()
        ? List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            absolute(System.getProperty("java.class.path")),
            Main.class.getName())
        : List.of(Path.of(home, "bin", "trainer").toString());
  }

  /** The worker has another working folder. */
  private static String absolute(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What a user's program finds the servers by; one that is away is left out, with a warning. */
  private Map<String, String> addresses() {
    Map<String, String> found = new HashMap<>();
    if (isTracked()) {
      find(Names.MLFLOW_SERVICE, Environment.MLFLOW_TRACKING_URI, found);
    }
    if (!task.local() || isSet(Environment.PUSHGATEWAY)) {
      find(Names.PUSHGATEWAY_SERVICE, Environment.PUSHGATEWAY, found);
    }
    return found;
  }

  private void find(String service, String variable, Map<String, String> found) {
    try {
      found.put(variable, services.find(service).toString());
    } catch (IOException e) {
      output.warning("the program starts without %s: %s".formatted(variable, e.getMessage()));
    }
  }

  private boolean isSet(String variable) {
    return !environment.getOrDefault(variable, "").isBlank();
  }

  private static String version() {
    String version = Wiring.class.getPackage().getImplementationVersion();
    return version == null ? DEVELOPMENT : version;
  }

  /** Nobody looks. */
  private static final class NoGauges implements Gauges {
    @Override
    public void push(Snapshot snapshot) {}

    @Override
    public void delete(String runId) {}
  }
}
