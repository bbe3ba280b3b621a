package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import nomadml.spec.Metrics;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Processes;
import nomadml.system.servers.Prometheus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A training is seen while it runs: in the Pushgateway, in Prometheus and on the command line. */
@TestInstance(Lifecycle.PER_CLASS)
final class LiveMetricsIT {
  private final Cluster cluster = Cluster.start("live", 1);
  private final Prometheus prometheus = Prometheus.beside(cluster);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "live");
  private final Submitted job =
      Submitted.of(
          cluster,
          submitJob.submit(
              JobFiles.DIGITS,
              JobFiles.slow("live", 2000, "--set", "env.PATH=" + NvidiaSmi.inPath(cluster))));

  @BeforeAll
  void begin() {
    job.awaitEpoch(2);
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void thePushgatewayTellsTheEpochAsItGrows() {
    int before = Eventually.get("an epoch", job::epochOfGauges, epoch -> epoch > 0);
    Eventually.until("the next epoch", () -> job.epochOfGauges() > before);
    JsonNode group = cluster.pushgateway().group(job.run().id()).orElseThrow();
    for (String name :
        new String[] {
          Metrics.EPOCHS,
          Metrics.LOSS,
          Metrics.ACCURACY,
          Metrics.LEARNING_RATE,
          Metrics.SAMPLES,
          Metrics.THROUGHPUT,
          Metrics.HEARTBEAT,
          Metrics.INFO
        }) {
      assertThat(group.has(name)).as(name).isTrue();
    }
    JsonNode info = group.path(Metrics.INFO).at("/metrics/0/labels");
    assertThat(info.path("nomad_job").asText()).isEqualTo(job.job());
    assertThat(info.path("allocation").asText()).isEqualTo(job.allocation());
    assertThat(info.path("mlflow_run").asText()).isEqualTo(job.run().id());
  }

  @Test
  void prometheusHasItUnderTheRunsOwnLabels() {
    String run = job.run().id();
    JsonNode series = prometheus.awaitResult(Metrics.LOSS + "{run_id=\"" + run + "\"}");
    for (JsonNode one : series) {
      assertThat(one.at("/metric/job").asText()).isEqualTo(Metrics.JOB);
      assertThat(one.at("/metric/experiment").asText()).isEqualTo("live");
      assertThat(one.at("/metric/model").asText()).isEqualTo("mlp");
    }
    assertThat(series.findValuesAsText("split")).containsExactlyInAnyOrder("train", "validation");
  }

  @Test
  void noProcessOfItIsToldWhereMlflowOrThePushgatewayIs() {
    for (ProcessHandle process : Processes.mentioning(job.allocation())) {
      assertThat(Processes.environment(process))
          .doesNotContain(":" + cluster.mlflow().port(), ":" + cluster.pushgateway().port());
    }
  }

  @Test
  void everyReadOfTheCommandLineTellsIt() {
    String id = job.job();
    assertThat(submitJob.succeed("status", id).output()).contains(id, "running");
    assertThat(submitJob.succeed("status", id, "-o", "json").json().toString())
        .contains(id, job.run().id());
    assertThat(submitJob.succeed("list", "-o", "json").json().toString()).contains(id);
    assertThat(submitJob.succeed("nodes", "-o", "json").json().toString()).contains("node-1");
    assertThat(submitJob.succeed("services", "-o", "json").json().toString())
        .contains("mlflow", "pushgateway");
    assertThat(submitJob.succeed("logs", id).output()).contains("epoch");
  }

  /**
   * Often: Nomad closes the connection right after the exit code, which must not be lost by that.
   */
  @RepeatedTest(15)
  void aCommandRunsInsideIt() {
    SubmitJob.Called called =
        submitJob.succeed("exec", job.job(), "--", "sh", "-c", "echo \"in $NOMAD_JOB_ID\"");
    assertThat(called.output()).contains("in " + job.job());
    assertThat(submitJob.call("exec", job.job(), "--", "sh", "-c", "exit 9").exitCode())
        .isEqualTo(9);
  }
}
