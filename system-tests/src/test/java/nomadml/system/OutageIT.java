package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import nomadml.spec.Environment;
import nomadml.spec.Metrics;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.FaultyLink;
import nomadml.system.servers.FaultyLink.Fault;
import nomadml.system.servers.Run;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * A whole minute without MLflow or the Pushgateway. Every training has a link of its own to the
 * server it loses, so that all outages are the same minute; one more training loses nothing, and
 * the pace of the others is held against its pace.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class OutageIT {
  private static final Duration OUTAGE = Duration.ofSeconds(60);

  /** What was under way when the outage began may still arrive. */
  private static final long UNDER_WAY = 3_000;

  private static final Set<Progress.Kind> TOLD = Set.of(Progress.Kind.EPOCH, Progress.Kind.STEP);

  /** More than are trained here. */
  private static final int EPOCHS = 5000;

  private final Cluster cluster = Cluster.start("outage", 1);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "outage");
  private final List<Outage> outages = new ArrayList<>();
  private final Map<Outage, Long> toldToMlflow = new HashMap<>();
  private final Map<Outage, Long> toldToGauges = new HashMap<>();
  private final List<Long> undisturbed = new ArrayList<>();
  private long began;
  private long ended;

  /** A training that loses a server. */
  private record Outage(String service, Fault fault, FaultyLink link, Submitted job) {
    boolean of(String lost) {
      return service.equals(lost);
    }

    @Override
    public String toString() {
      return service + " " + fault.name().toLowerCase(Locale.ROOT);
    }
  }

  @BeforeAll
  void serversAreAwayForAMinute() {
    Submitted twin = submit("undisturbed");
    for (Fault fault : List.of(Fault.REFUSED, Fault.HANGS, Fault.ERROR)) {
      outages.add(
          outage(
              Names.MLFLOW_SERVICE,
              fault,
              Environment.MLFLOW_TRACKING_URI,
              cluster.mlflow().port()));
      outages.add(
          outage(
              Names.PUSHGATEWAY_SERVICE,
              fault,
              Environment.PUSHGATEWAY,
              cluster.pushgateway().port()));
    }
    twin.awaitEpoch(3);
    for (Outage outage : outages) {
      outage.job().awaitEpoch(3);
      Eventually.until("the gauges of " + outage, () -> outage.job().epochOfGauges() > 0);
    }
    began = System.currentTimeMillis();
    outages.forEach(outage -> outage.link().fail(outage.fault()));
    Eventually.until(
        "a minute is over", () -> System.currentTimeMillis() > began + OUTAGE.toMillis());
    ended = System.currentTimeMillis();
    for (Outage outage : outages) {
      toldToMlflow.put(outage, lastInMlflow(outage.job()));
      toldToGauges.put(outage, heartbeat(outage.job()));
    }
    undisturbed.addAll(epochsMeanwhile(twin));
    outages.forEach(outage -> outage.link().heal());
  }

  @AfterAll
  void end() {
    outages.forEach(outage -> outage.link().close());
    cluster.close();
  }

  @ParameterizedTest
  @FieldSource("outages")
  void onlyTheServerThatIsAwayHearsNothing(Outage outage) {
    long silent = began + UNDER_WAY;
    if (outage.of(Names.MLFLOW_SERVICE)) {
      assertThat(toldToMlflow.get(outage)).isLessThan(silent);
      assertThat(toldToGauges.get(outage)).isGreaterThan(silent);
    } else {
      assertThat(toldToMlflow.get(outage)).isGreaterThan(silent);
      assertThat(toldToGauges.get(outage)).isLessThan(silent);
    }
  }

  @ParameterizedTest
  @FieldSource("outages")
  void theTrainingIsNotSlowed(Outage outage) {
    List<Long> epochs = epochsMeanwhile(outage.job());
    assertThat(epochs).hasSizeGreaterThan(undisturbed.size() * 6 / 10);
    assertThat(longestPause(epochs))
        .as("the longest pause; %d ms without an outage", longestPause(undisturbed))
        .isLessThan(longestPause(undisturbed) + OUTAGE.toMillis() / 6);
    assertThat(outage.job().allocations()).isEqualTo(1);
    assertRun(outage.job().run()).hasStatus("RUNNING").hasTag(Names.TAG_ATTEMPT, "1");
  }

  @ParameterizedTest
  @FieldSource("outages")
  void everyPointIsInMlflowOnce(Outage outage) {
    Eventually.until("MLflow hears of it", () -> lastInMlflow(outage.job()) > ended);
    long last = lastInMlflow(outage.job());
    Map<String, Map<Long, Double>> told = told(outage.job(), last);
    assertThat(told.get(Submitted.LOSS)).hasSizeGreaterThan(3);
    told.forEach(
        (key, points) -> {
          List<Run.Point> history =
              outage.job().run().history(key).stream()
                  .filter(point -> point.timestamp() <= last)
                  .toList();
          assertThat(history).as(key).hasSameSizeAs(points.entrySet());
          history.forEach(
              point -> assertThat(points).as(key).containsEntry(point.step(), point.value()));
        });
    assertRun(outage.job().run()).neverGoesBack();
  }

  @ParameterizedTest
  @FieldSource("outages")
  void itsGaugesAreBack(Outage outage) {
    Eventually.until("its gauges are back", () -> heartbeat(outage.job()) > ended);
    int epoch = outage.job().epochOfGauges();
    Eventually.until("they go on", () -> outage.job().epochOfGauges() > epoch);
  }

  /** What was told up to a time, by metric and step. */
  private static Map<String, Map<Long, Double>> told(Submitted job, long last) {
    Map<String, Map<Long, Double>> told = new TreeMap<>();
    for (Progress progress : job.progress()) {
      Map<String, Double> metrics = progress.metrics();
      if (TOLD.contains(progress.kind()) && metrics != null && progress.timestamp() <= last) {
        metrics.forEach(
            (key, value) ->
                told.computeIfAbsent(key, any -> new TreeMap<>())
                    .putIfAbsent(Objects.requireNonNull(progress.step()), value));
      }
    }
    return told;
  }

  private Outage outage(String service, Fault fault, String variable, int port) {
    FaultyLink link = FaultyLink.to(port);
    String name = service + "-" + fault.name().toLowerCase(Locale.ROOT);
    return new Outage(
        service,
        fault,
        link,
        submit(name, "--set", "env.%s=%s".formatted(variable, link.address())));
  }

  /** Small jobs: seven of them share the machine. */
  private Submitted submit(String name, String... more) {
    String[] small =
        SubmitJob.joined(
            List.of(
                "--set", "resources.cpu=100",
                "--set", "resources.memory=512MiB",
                "--set", "train.batch_size=2",
                "--set", "train.checkpoint.every_epochs=5"),
            more);
    return Submitted.of(
        cluster, submitJob.submit(JobFiles.DIGITS, JobFiles.slow(name, EPOCHS, small)));
  }

  /** When the epochs ended that ended during the outage. */
  private List<Long> epochsMeanwhile(Submitted job) {
    return job.progress().stream()
        .filter(progress -> progress.kind() == Progress.Kind.EPOCH)
        .map(Progress::timestamp)
        .filter(time -> time >= began && time <= ended)
        .toList();
  }

  private long longestPause(List<Long> epochs) {
    long longest = 0;
    long before = began;
    for (long epoch : epochs) {
      longest = Math.max(longest, epoch - before);
      before = epoch;
    }
    return Math.max(longest, ended - before);
  }

  /** When the newest epoch ended that MLflow knows. */
  private static long lastInMlflow(Submitted job) {
    List<Run.Point> history = job.run().history(Submitted.LOSS);
    return history.get(history.size() - 1).timestamp();
  }

  /** When the newest sign of life was given that the Pushgateway knows. */
  private long heartbeat(Submitted job) {
    return cluster
        .pushgateway()
        .group(job.run().id())
        .map(group -> group.path(Metrics.HEARTBEAT).at("/metrics/0/value").asDouble() * 1000)
        .orElse(0.0)
        .longValue();
  }
}
