package nomadml.scheduler.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;

/** The servers of deployments in memory, and what they were told. */
public final class InMemoryPorts
    implements Registry, DeploymentLog, Predictions, Weights, Measurements, Announcer {
  public final InMemoryServing serving;
  public final Map<String, String> aliases = new HashMap<>();
  public final Map<String, Map<String, String>> tags = new TreeMap<>();
  public final Map<String, String> files = new TreeMap<>();
  public final Map<String, Integer> weights = new HashMap<>();
  public final List<String> told = new ArrayList<>();

  /** The answers of each model version to a row. */
  public final Map<String, String> answers = new HashMap<>();

  /** What each model version has counted, by status. */
  public final Map<String, Map<String, Double>> requests = new HashMap<>();

  public final Map<String, Map<String, Double>> buckets = new HashMap<>();
  public boolean prometheus = true;
  public boolean mlflowAway;
  private final Map<String, Entry> records = new TreeMap<>();
  private final SettableClock clock;
  private long index;

  public InMemoryPorts(SettableClock clock) {
    this.clock = clock;
    serving = new InMemoryServing(clock);
    for (String version : List.of("3", "4", "5")) {
      files.put(version + "/MLmodel", "version " + version);
      files.put(version + "/preprocessing.json", "{\"classes\": [\"zero\", \"one\"]}");
      answers.put(version, "[0.9, 0.1]");
    }
  }

  public Ports ports() {
    return new Ports(
        serving,
        this,
        this,
        this,
        Optional.of(this),
        prometheus ? Optional.of(this) : Optional.empty(),
        Optional.of(this),
        "ada");
  }

  /** The deployments, the oldest first. */
  public List<Deployment> records() {
    return records.values().stream().map(Entry::deployment).toList();
  }

  @Override
  public String name() {
    return "a server in memory";
  }

  @Override
  public ModelVersion version(ModelReference reference) {
    String version = reference.version() == null ? "5" : reference.version();
    if (reference.alias() != null) {
      version = aliases.getOrDefault(reference.alias(), "none");
    }
    if (!files.containsKey(version + "/MLmodel")) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "there is no " + reference, "the newest versions are 5, 4, 3");
    }
    return new ModelVersion(
        reference.name(), version, "run", "models:/m", tags.getOrDefault(version, Map.of()));
  }

  @Override
  public Optional<String> alias(String model, String alias) {
    return Optional.ofNullable(aliases.get(alias));
  }

  @Override
  public void setAlias(String model, String alias, String version) {
    if (mlflowAway) {
      throw new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, "can't reach MLflow", null);
    }
    aliases.put(alias, version);
    serving.changed.run();
  }

  @Override
  public void setTags(ModelVersion version, Map<String, String> more) {
    if (mlflowAway) {
      throw new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, "can't reach MLflow", null);
    }
    tags.computeIfAbsent(version.version(), none -> new LinkedHashMap<>()).putAll(more);
  }

  @Override
  public List<String> files(ModelVersion version) {
    String prefix = version.version() + "/";
    return files.keySet().stream()
        .filter(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()))
        .toList();
  }

  @Override
  public InputStream open(ModelVersion version, String path) {
    return stream(files.getOrDefault(version.version() + "/" + path, ""));
  }

  @Override
  public InputStream open(String runId, String path) {
    return stream(files.getOrDefault(runId + "/" + path, ""));
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public URI link(ModelVersion version) {
    return URI.create("http://mlflow.test/#/models/" + version);
  }

  @Override
  public List<Entry> newest(String model, int limit) {
    return records.values().stream()
        .filter(entry -> entry.deployment().wish().model().equals(model))
        .sorted(Comparator.comparing((Entry entry) -> entry.deployment().id()).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public Optional<Entry> entry(String model, String id) {
    return Optional.ofNullable(records.get(id));
  }

  @Override
  public boolean write(Deployment deployment, long expected) {
    Entry before = records.get(deployment.id());
    if ((before == null ? 0 : before.index()) != expected) {
      return false;
    }
    records.put(deployment.id(), new Entry(deployment, ++index));
    serving.changed.run();
    return true;
  }

  /** By the address, which ends with the version of the job. */
  @Override
  public JsonNode ask(String address, String csv) {
    int job = Integer.parseInt(address.substring(address.indexOf(':') + 1)) - 20_000;
    String version = serving.versions("").get(job).modelVersion();
    ArrayNode predictions = Json.MAPPER.createArrayNode();
    try {
      for (long row = 1; row < csv.lines().count(); row++) {
        predictions.add(Json.MAPPER.readTree(answers.getOrDefault(version, "0")));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    return predictions;
  }

  @Override
  public void set(String service, int percent) {
    weights.put(service, percent);
  }

  @Override
  public void remove(String service) {
    weights.remove(service);
  }

  /** What was counted until now; nothing before. */
  @Override
  public Counters counters(Selection servers, Instant at) {
    boolean isNow = !at.isBefore(clock.instant());
    return new Counters(
        isNow ? series(requests, servers.version()) : Map.of(),
        isNow ? series(buckets, servers.version()) : Map.of(),
        Optional.of(at));
  }

  private static Map<Series, Double> series(
      Map<String, Map<String, Double>> counts, String version) {
    Map<Series, Double> series = new HashMap<>();
    counts
        .getOrDefault(version, Map.of())
        .forEach((label, count) -> series.put(new Series("a:1", label), count));
    return series;
  }

  @Override
  public boolean knows(String name) {
    return name.equals("team");
  }

  @Override
  public void tell(String name, Announcement announcement) {
    told.add(name + " " + announcement.event());
  }
}
