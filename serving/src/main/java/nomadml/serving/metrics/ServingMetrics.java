package nomadml.serving.metrics;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.DoubleSupplier;
import nomadml.serving.model.Identity;

/** The metrics of the server; those of a model are {@link ModelMetrics}. */
public final class ServingMetrics {
  private static final String[] MODEL = {"model", "version"};

  private final CollectorRegistry registry = new CollectorRegistry(true);

  final Counter requests =
      counter("serving_requests", "Requests by what they were answered.", "protocol", "code");
  final Histogram seconds =
      Histogram.build("serving_request_duration_seconds", "From the whole request to its answer.")
          .labelNames("model", "version", "protocol")
          .buckets(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
          .register(registry);
  final Counter errors =
      counter("serving_errors", "Requests that got no answer, by cause.", "cause");
  final Counter rows = counter("serving_rows", "Rows that were answered.");
  final Histogram batchRows =
      Histogram.build("serving_batch_rows", "Rows that the network was given at once.")
          .labelNames(MODEL)
          .buckets(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
          .register(registry);
  final Histogram inference =
      Histogram.build("serving_inference_duration_seconds", "What the network took for a batch.")
          .labelNames(MODEL)
          .buckets(
              .00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1,
              .25, .5, 1, 2.5)
          .register(registry);
  final Counter predictions =
      counter("serving_predictions", "Rows by the class whose output was highest.", "class");
  final Gauge shares =
      gauge("serving_training_class_ratio", "The class's share of the training rows.", "class");
  final Gauge information =
      gauge("serving_model_info", "Which model serves: 1.", "digest", "run_id", "device");
  final Counter reloads =
      counter("serving_reload_failures", "Newer versions that could not be served.");

  private Counter counter(String name, String help, String... labels) {
    return Counter.build(name, help).labelNames(labels(labels)).register(registry);
  }

  private Gauge gauge(String name, String help, String... labels) {
    return Gauge.build(name, help).labelNames(labels(labels)).register(registry);
  }

  private static String[] labels(String... more) {
    String[] labels = new String[MODEL.length + more.length];
    System.arraycopy(MODEL, 0, labels, 0, MODEL.length);
    System.arraycopy(more, 0, labels, MODEL.length, more.length);
    return labels;
  }

  /**
   * Metrics of a model that begins to serve.
   *
   * @param classes in the order of the outputs; empty for what is no classification
   * @param shares of the classes among the training rows; empty when nobody knows
   */
  public ModelMetrics model(
      Identity identity, String device, List<String> classes, float[] shares) {
    return new ModelMetrics(this, identity, device, classes, shares);
  }

  /** Adds a gauge that is asked at each scrape, for the model that serves then. */
  public void gauge(String name, String help, Current current, DoubleSupplier value) {
    new CurrentGauge(name, help, current, value).register(registry);
  }

  /** Which model serves now. */
  @FunctionalInterface
  public interface Current {
    Identity identity();
  }

  /** Everything, as Prometheus reads it. */
  public String text() {
    StringWriter text = new StringWriter(8192);
    try {
      TextFormat.write004(text, registry.metricFamilySamples());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing is written but memory.
    }
    return text.toString();
  }
}
