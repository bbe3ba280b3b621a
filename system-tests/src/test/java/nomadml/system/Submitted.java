package nomadml.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import nomadml.spec.Metrics;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.NomadNode;
import nomadml.system.servers.Processes;
import nomadml.system.servers.Run;

/** A submitted job, and what the servers say of it. */
record Submitted(Cluster cluster, String job) {
  /** The metric every training has once an epoch. */
  static final String LOSS = "validation_loss";

  /** What {@code submit-job --detach -o json} printed. */
  static Submitted of(Cluster cluster, JsonNode printed) {
    return new Submitted(cluster, printed.path("job_id").asText());
  }

  /** The one job of this name. */
  static Submitted named(Cluster cluster, String name) {
    List<JsonNode> jobs =
        cluster.nomad().jobs(name).stream()
            .filter(job -> job.path("Meta").path(Names.META_NAME).asText().equals(name))
            .toList();
    if (jobs.size() != 1) {
      throw new AssertionError(name + " has " + jobs.size() + " jobs: " + jobs);
    }
    return new Submitted(cluster, jobs.get(0).path("ID").asText());
  }

  Run run() {
    return cluster.mlflow().runOf(job);
  }

  JsonNode awaitRunning() {
    return cluster.nomad().awaitRunning(job);
  }

  /** The allocation that runs now. */
  String allocation() {
    return awaitRunning().path("ID").asText();
  }

  /** The node of the allocation that runs now. */
  NomadNode node() {
    return cluster.node(awaitRunning().path("NodeName").asText());
  }

  /** How many allocations it ever had. */
  int allocations() {
    return cluster.nomad().allocations(job).size();
  }

  /** Waits until MLflow has so many epochs. */
  void awaitEpoch(int epochs) {
    Run run = Eventually.get("the run of " + job, this::run, one -> true);
    Eventually.until(job + " is in epoch " + epochs, () -> run.history(LOSS).size() >= epochs);
  }

  /** The epoch its gauges tell; -1 when the Pushgateway has none. */
  int epochOfGauges() {
    return cluster
        .pushgateway()
        .group(run().id())
        .map(group -> group.path(Metrics.EPOCH).at("/metrics/0/value").asInt(-1))
        .orElse(-1);
  }

  /** What the task of its newest allocation told, line by line. */
  List<Progress> progress() {
    JsonNode newest = cluster.nomad().allocations(job).get(0);
    return cluster
        .nomad()
        .output(newest)
        .lines()
        .flatMap(line -> ProgressLine.read(line).stream())
        .toList();
  }

  void awaitFinished() {
    run().awaitStatus("FINISHED");
  }

  /** The supervisor's process. */
  ProcessHandle supervisor() {
    return process(" supervise");
  }

  /** The DJL worker's process. */
  ProcessHandle worker() {
    return process(" --checkpoints ");
  }

  private ProcessHandle process(String word) {
    String allocation = allocation();
    return Eventually.get(
            "a process of " + job + " with" + word,
            () ->
                Processes.mentioning(allocation).stream()
                    .filter(one -> Processes.commandLine(one).contains("nomadml.trainer.cli.Main"))
                    .filter(one -> (Processes.commandLine(one) + " ").contains(word))
                    .toList(),
            found -> found.size() == 1)
        .get(0);
  }
}
