package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import nomadml.spec.FailureCause;
import nomadml.spec.Names;
import nomadml.spec.Progress;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.NomadNode;
import nomadml.system.servers.Run;
import nomadml.system.servers.Signal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Whatever ends an attempt, the same run goes on from its checkpoint and repeats nothing. */
@TestInstance(Lifecycle.PER_CLASS)
final class RecoveryIT {
  private static final int EPOCHS = 30;

  private final Cluster cluster = Cluster.start("recovery", 2);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "recovery");

  @AfterEach
  void everyNodeIsBack() {
    for (NomadNode node : cluster.nodes()) {
      cluster.nomad().eligible(node.id(), true);
    }
  }

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aKilledWorkerIsStartedAgainInPlaceInTheSameAttempt() {
    Submitted job = underWay("worker-killed");
    Signal.send("KILL", List.of(job.worker()));
    assertResumed(job, 1);
    assertThat(job.allocations()).isEqualTo(1);
    assertCause(job, FailureCause.NATIVE_CRASH, FailureCause.OUT_OF_MEMORY);
  }

  @Test
  void aKilledSupervisorIsStartedAgainByNomadAndTakesItsWorkerWithIt() {
    Submitted job = underWay("supervisor-killed");
    ProcessHandle worker = job.worker();
    Signal.send("KILL", List.of(job.supervisor()));
    Eventually.until("the worker ends without its supervisor", () -> !worker.isAlive());
    assertResumed(job, 2);
    assertThat(job.allocations()).isEqualTo(1);
  }

  @Test
  void aLostNodesRunGoesOnOnTheOther() {
    Submitted job = underWay("node-lost");
    NomadNode lost = job.node();
    lost.kill();
    Eventually.until("another node has it", () -> !job.node().equals(lost));
    assertResumed(job, 2);
    lost.restart();
    assertThat(job.allocations()).isEqualTo(2);
    assertCause(job, FailureCause.NODE_LOST);
  }

  @Test
  void aStoppedAllocationsRunGoesOnInTheNext() {
    Submitted job = underWay("allocation-stopped");
    cluster.nomad().stopAllocation(job.allocation());
    assertResumed(job, 2);
    assertThat(job.allocations()).isEqualTo(2);
  }

  @Test
  void aDrainedNodesRunGoesOnOnceTheReconcilerRegistersItAgain() {
    Submitted job = underWay("drained");
    NomadNode drained = job.node();
    cluster.nomad().drain(drained.id());
    cluster.nomad().awaitDead(job.job());
    submitJob.succeed("doctor", "--fix");
    Eventually.until("another node has it", () -> !job.node().equals(drained));
    assertResumed(job, 2);
    assertCause(job, FailureCause.DRAINED);
  }

  @Test
  void aPreemptedRunGoesOnWhenThereIsRoom() {
    NomadNode other = cluster.nodes().get(1);
    cluster.nomad().eligible(other.id(), false);
    Submitted job = underWay("preempted", "--set", "priority=20", "--set", "resources.cpu=3000");
    cluster.nomad().register(NomadJobs.sleeping("important", 90, 3000));
    cluster.nomad().awaitRunning("important");
    cluster.nomad().eligible(other.id(), true);
    Eventually.until("another node has it", () -> job.node().equals(other));
    assertResumed(job, 2);
    cluster.nomad().stop("important");
    assertCause(job, FailureCause.PREEMPTED);
  }

  private Submitted underWay(String name, String... more) {
    Submitted job =
        Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, JobFiles.slow(name, EPOCHS, more)));
    job.awaitEpoch(3);
    return job;
  }

  /**
   * The run ended well with every epoch once, and its last allocation went on from a checkpoint.
   */
  private static void assertResumed(Submitted job, int attempt) {
    job.awaitFinished();
    Run run = job.run();
    assertRun(run)
        .hasEveryEpoch(EPOCHS)
        .neverGoesBack()
        .hasTag(Names.TAG_ATTEMPT, Integer.toString(attempt));
    assertThat(run.metric("validation_accuracy")).isGreaterThan(0.9);
    assertThat(job.progress()).extracting(Progress::kind).contains(Progress.Kind.RESUMED);
    assertThat(job.cluster().mlflow().runsOf(job.job())).hasSize(1);
  }

  /** Why its first attempt ended; what only Nomad knows is told by the reconciler. */
  private void assertCause(Submitted job, FailureCause... causes) {
    submitJob.succeed("doctor", "--fix");
    assertThat(List.of(causes).stream().map(FailureCause::word))
        .contains(job.run().tag(Names.TAG_CAUSE));
  }
}
