package nomadml.serving.metrics;

import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import nomadml.serving.batch.BatchMetrics;
import nomadml.serving.input.Tensor;
import nomadml.serving.model.Identity;

/** What is counted of one version; the labels of each call are looked up once. */
public final class ModelMetrics implements BatchMetrics {
  /** Classes that are told apart: each is a series. */
  private static final int MOST_CLASSES = 100;

  private static final String OTHER = "other";

  private final ServingMetrics all;
  private final Identity identity;
  private final Counter.Child rows;
  private final Histogram.Child batchRows;
  private final Histogram.Child inference;
  private final List<Counter.Child> predictions = new ArrayList<>();
  private final String[] information;
  private final List<String[]> shares = new ArrayList<>();
  private final Map<Protocol, Requests> requests = new ConcurrentHashMap<>();
  private final Map<Cause, Counter.Child> errors = new EnumMap<>(Cause.class);

  /** By which a request came. */
  public enum Protocol {
    INVOCATIONS,
    V2;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Why a request got no answer. */
  public enum Cause {
    BAD_REQUEST,
    UNSUPPORTED_MEDIA_TYPE,
    TOO_LARGE,
    NOT_FOUND,
    QUEUE_FULL,
    DEADLINE,
    DRAINING,
    INTERNAL
  }

  private record Requests(Histogram.Child seconds, Map<Integer, Counter.Child> codes) {}

  ModelMetrics(
      ServingMetrics all,
      Identity identity,
      String device,
      List<String> classes,
      float[] classShares) {
    this.all = all;
    this.identity = identity;
    String name = identity.name();
    String version = identity.version();
    this.rows = all.rows.labels(name, version);
    this.batchRows = all.batchRows.labels(name, version);
    this.inference = all.inference.labels(name, version);
    all.reloads.labels(name, version);
    for (Cause cause : Cause.values()) { // A rate needs a first value.
      errors.put(cause, all.errors.labels(name, version, word(cause)));
    }
    this.information = new String[] {name, version, identity.digest(), identity.runId(), device};
    all.information.labels(information).set(1);
    float other = 0;
    for (int i = 0; i < classes.size(); i++) {
      boolean named = i < MOST_CLASSES;
      predictions.add(all.predictions.labels(name, version, named ? classes.get(i) : OTHER));
      if (i < classShares.length) {
        other += named ? 0 : classShares[i];
        String[] labels = {name, version, named ? classes.get(i) : OTHER};
        all.shares.labels(labels).set(named ? classShares[i] : other);
        shares.add(labels);
      }
    }
  }

  /** A request was answered, by a status. */
  public void request(Protocol protocol, int code, double seconds) {
    Requests known = requests.get(protocol);
    if (known == null) {
      known =
          requests.computeIfAbsent(
              protocol,
              p ->
                  new Requests(
                      all.seconds.labels(identity.name(), identity.version(), p.word()),
                      new ConcurrentHashMap<>()));
    }
    known.seconds.observe(seconds);
    Counter.Child count = known.codes.get(code);
    if (count == null) {
      count =
          known.codes.computeIfAbsent(
              code,
              c ->
                  all.requests.labels(
                      identity.name(), identity.version(), protocol.word(), Integer.toString(c)));
    }
    count.inc();
  }

  public void error(Cause cause) {
    Objects.requireNonNull(errors.get(cause)).inc();
  }

  /** It serves no more: what says that it does must not stay. */
  public void retire() {
    all.information.remove(information);
    shares.forEach(all.shares::remove);
  }

  /** A newer version could not be served. */
  public void reloadFailed() {
    all.reloads.labels(identity.name(), identity.version()).inc();
  }

  @Override
  public void batch(int count, double seconds) {
    batchRows.observe(count);
    inference.observe(seconds);
  }

  /** A request's rows were answered. */
  public void answered(Tensor outputs) {
    rows.inc(outputs.rows());
    int width = outputs.width();
    if (predictions.isEmpty() || width != predictions.size()) {
      return;
    }
    for (int row = 0; row < outputs.rows(); row++) {
      predictions.get(highest(outputs, row * width, width)).inc();
    }
  }

  private static int highest(Tensor outputs, int from, int width) {
    int highest = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < width; i++) {
      double output = outputs.type().number(outputs.data(), (from + i) * outputs.type().bytes());
      if (output > most) {
        most = output;
        highest = i;
      }
    }
    return highest;
  }

  private static String word(Cause cause) {
    return cause.name().toLowerCase(Locale.ROOT);
  }
}
