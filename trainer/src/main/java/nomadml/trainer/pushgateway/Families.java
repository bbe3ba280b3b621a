package nomadml.trainer.pushgateway;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.spec.Metrics;
import nomadml.trainer.report.Snapshot;

/** A snapshot as Prometheus metrics: the names and labels dashboards and alerts rest on. */
final class Families extends Collector {
  private static final Pattern SPLIT = Pattern.compile("(train|validation)_(loss|accuracy)");
  private static final Pattern GPU =
      Pattern.compile("system/gpu_(\\d+)_(utilization_percentage|memory_usage_megabytes)");
  private static final String SYSTEM = "system/";
  private static final List<String> INFO =
      List.of("nomad_job", "allocation", "node", "device", "mlflow_run");
  private static final double MEGABYTE = 1e6;

  private final Map<String, MetricFamilySamples> families = new LinkedHashMap<>();
  private final List<String> names = List.of("experiment", "model");
  private final List<String> values;

  Families(Snapshot snapshot) {
    values = List.of(snapshot.experiment(), snapshot.model());
    gauge(Metrics.EPOCH, "Epochs that are done.", snapshot.epoch());
    gauge(Metrics.EPOCHS, "Epochs there are at most.", snapshot.epochs());
    gauge(
        Metrics.HEARTBEAT,
        "When the training last showed a sign of life, in seconds since 1970.",
        snapshot.heartbeat() / 1000.0);
    gauge(Metrics.SPOOL, "Reports that MLflow does not have yet.", (double) snapshot.backlog());
    add(
        Metrics.INFO,
        "Where it runs and is tracked.",
        INFO,
        INFO.stream().map(name -> snapshot.info().getOrDefault(name, "")).toList(),
        1);
    snapshot.values().forEach(this::value);
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.copyOf(families.values());
  }

  private void value(String key, double value) {
    Matcher split = SPLIT.matcher(key);
    Matcher gpu = GPU.matcher(key);
    if (split.matches()) {
      boolean loss = split.group(2).equals("loss");
      add(
          loss ? Metrics.LOSS : Metrics.ACCURACY,
          loss ? "Mean loss of the newest epoch or step." : "Part that is predicted rightly.",
          List.of("split"),
          List.of(split.group(1)),
          value);
    } else if (gpu.matches()) {
      boolean busy = gpu.group(2).equals("utilization_percentage");
      add(
          busy ? Metrics.GPU : Metrics.GPU_MEMORY,
          busy ? "Part of the time the GPU is busy." : "Memory of the GPU that is used.",
          List.of("gpu"),
          List.of(gpu.group(1)),
          busy ? value / 100 : value * MEGABYTE);
    } else {
      named(key, value);
    }
  }

  private void named(String key, double value) {
    switch (key) {
      case "learning_rate" -> gauge(Metrics.LEARNING_RATE, "Of the newest step.", value);
      case "samples_per_second" ->
          gauge(Metrics.THROUGHPUT, "Rows or images trained on in a second.", value);
      case "samples_total" -> counter(Metrics.SAMPLES, "Rows or images trained on.", value);
      case "system/process_cpu_utilization_percentage" ->
          gauge(Metrics.CPU, "Part of the node's processors the training uses.", value / 100);
      case "system/process_memory_usage_megabytes" ->
          gauge(Metrics.MEMORY, "Resident memory of the training.", value * MEGABYTE);
      default -> {
        if (!key.startsWith(SYSTEM)) {
          add(
              Metrics.USER_METRIC,
              "What the training reports under names of its own.",
              List.of("name"),
              List.of(key),
              value);
        }
      }
    }
  }

  private void gauge(String name, String help, double value) {
    add(name, help, List.of(), List.of(), value);
  }

  private void counter(String name, String help, double value) {
    families.put(
        name,
        new MetricFamilySamples(
            name,
            Type.COUNTER,
            help,
            List.of(new MetricFamilySamples.Sample(name, names, values, value))));
  }

  private void add(
      String name, String help, List<String> furtherNames, List<String> further, double value) {
    families
        .computeIfAbsent(
            name, missing -> new MetricFamilySamples(name, Type.GAUGE, help, new ArrayList<>()))
        .samples
        .add(
            new MetricFamilySamples.Sample(
                name, joined(names, furtherNames), joined(values, further), value));
  }

  private static List<String> joined(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }
}
