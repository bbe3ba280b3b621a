package nomadml.trainer.pushgateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nomadml.trainer.report.Snapshot;
import org.junit.jupiter.api.Test;

class FamiliesTest {
  @Test
  void namesEachValueAsTheDashboardDoes() {
    Map<String, Double> values =
        new TreeMap<>(
            Map.of(
                "train_loss", 0.5,
                "validation_loss", 0.6,
                "validation_accuracy", 0.97,
                "learning_rate", 1e-3,
                "samples_per_second", 14_000.0,
                "samples_total", 5e9,
                "batch_loss", Double.NaN,
                "a \"b", 1.0));
    values.put("system/process_cpu_utilization_percentage", 50.0);
    values.put("system/process_memory_usage_megabytes", 1.5);
    values.put("system/gpu_1_utilization_percentage", 25.0);
    values.put("system/gpu_1_memory_usage_megabytes", 2.0);
    values.put("system/gpu_1_power_usage_watts", 300.0);
    values.put("system/cpu_utilization_percentage", 90.0);
    Map<String, String> info = Map.of("nomad_job", "digits", "node", "n1", "further", "x");
    assertThat(text(new Snapshot("r", "digits", "mlp", info, 2, 20, values, 7, 1_500)))
        .isEqualTo(
            """
            training_accuracy{experiment=digits,model=mlp,split=validation} 0.97
            training_cpu_utilization_ratio{experiment=digits,model=mlp} 0.5
            training_epochs{experiment=digits,model=mlp} 20.0
            training_epoch{experiment=digits,model=mlp} 2.0
            training_gpu_memory_used_bytes{experiment=digits,model=mlp,gpu=1} 2000000.0
            training_gpu_utilization_ratio{experiment=digits,model=mlp,gpu=1} 0.25
            training_heartbeat_timestamp_seconds{experiment=digits,model=mlp} 1.5
            training_info{experiment=digits,model=mlp,nomad_job=digits,allocation=,node=n1,device=,mlflow_run=} 1.0
            training_learning_rate{experiment=digits,model=mlp} 0.001
            training_loss{experiment=digits,model=mlp,split=train} 0.5
            training_loss{experiment=digits,model=mlp,split=validation} 0.6
            training_resident_memory_bytes{experiment=digits,model=mlp} 1500000.0
            training_samples_per_second{experiment=digits,model=mlp} 14000.0
            training_samples_total{experiment=digits,model=mlp} 5.0E9
            training_spool_entries{experiment=digits,model=mlp} 7.0
            training_user_metric{experiment=digits,model=mlp,name=a "b} 1.0
            training_user_metric{experiment=digits,model=mlp,name=batch_loss} NaN
            """);
  }

  private static String text(Snapshot snapshot) {
    return new Families(snapshot)
        .collect().stream()
            .flatMap(family -> family.samples.stream())
            .map(FamiliesTest::line)
            .sorted()
            .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(MetricFamilySamples.Sample sample) {
    return IntStream.range(0, sample.labelNames.size())
        .mapToObj(i -> sample.labelNames.get(i) + "=" + sample.labelValues.get(i))
        .collect(Collectors.joining(",", sample.name + "{", "} " + sample.value));
  }
}
