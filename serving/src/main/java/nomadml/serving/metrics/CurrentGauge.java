package nomadml.serving.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.function.DoubleSupplier;
import nomadml.serving.metrics.ServingMetrics.Current;
import nomadml.serving.model.Identity;

/** A value that is asked for when somebody looks. */
final class CurrentGauge extends Collector {
  private final String name;
  private final String help;
  private final Current current;
  private final DoubleSupplier value;

  CurrentGauge(String name, String help, Current current, DoubleSupplier value) {
    this.name = name;
    this.help = help;
    this.current = current;
    this.value = value;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Identity identity = current.identity();
    GaugeMetricFamily family = new GaugeMetricFamily(name, help, List.of("model", "version"));
    family.addMetric(List.of(identity.name(), identity.version()), value.getAsDouble());
    return List.of(family);
  }
}
