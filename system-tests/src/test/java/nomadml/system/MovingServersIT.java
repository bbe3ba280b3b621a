package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.FaultyLink;
import nomadml.system.servers.FaultyLink.Fault;
import nomadml.system.servers.Run;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that move, refuse, hang or fail: a training neither stops nor loses what it told. */
@TestInstance(Lifecycle.PER_CLASS)
final class MovingServersIT {
  private static final int EPOCHS = 50;

  /** How many epochs are trained while a server is away. */
  private static final int AWAY = 20;

  private final Cluster cluster = Cluster.start("moving", 1);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "moving");

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aServerThatMovesIsFoundAgain() {
    Submitted job = underWay("moves");
    String allocation = job.allocation();
    cluster.mlflow().move();
    assertNothingLost(job);
    assertThat(cluster.nomad().allocations(job.job()).get(0).path("ID").asText())
        .isEqualTo(allocation);
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "HANGS", "ERROR"})
  void nothingIsLostWhileMlflowIsAway(Fault fault) {
    int real = cluster.mlflow().port();
    try (FaultyLink link = inFrontOf(Names.MLFLOW_SERVICE, real, "/health")) {
      Submitted job = underWay("mlflow-" + fault.name().toLowerCase(Locale.ROOT));
      int before = job.epochOfGauges();
      link.fail(fault);
      Eventually.until("it goes on", () -> job.epochOfGauges() >= before + AWAY);
      assertThat(job.run().history(Submitted.LOSS)).hasSizeLessThan(before + AWAY);
      link.heal();
      assertNothingLost(job);
    } finally {
      cluster.consul().register(Names.MLFLOW_SERVICE, real, "/health");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "HANGS", "ERROR"})
  void nothingIsLostWhileThePushgatewayIsAway(Fault fault) {
    int real = cluster.pushgateway().port();
    try (FaultyLink link = inFrontOf(Names.PUSHGATEWAY_SERVICE, real, "/-/ready")) {
      Submitted job = underWay("gauges-" + fault.name().toLowerCase(Locale.ROOT));
      Run run = job.run();
      link.fail(fault);
      int before = run.history(Submitted.LOSS).size();
      Eventually.until("it goes on", () -> run.history(Submitted.LOSS).size() >= before + 10);
      assertThat(job.epochOfGauges()).isLessThan(before + 10);
      link.heal();
      Eventually.until("its gauges are back", () -> job.epochOfGauges() > before + 10);
      assertNothingLost(job);
    } finally {
      cluster.consul().register(Names.PUSHGATEWAY_SERVICE, real, "/-/ready");
    }
  }

  /** Consul goes on calling it healthy: the fault is between the job and the server. */
  private FaultyLink inFrontOf(String service, int real, String health) {
    FaultyLink link = FaultyLink.to(real);
    cluster.consul().register(service, link.port(), real, health);
    cluster.consul().awaitPassing(service, link.port());
    return link;
  }

  private Submitted underWay(String name) {
    Submitted job =
        Submitted.of(cluster, submitJob.submit(JobFiles.DIGITS, JobFiles.slow(name, EPOCHS)));
    job.awaitEpoch(3);
    Eventually.until("its gauges are there", () -> job.epochOfGauges() > 0);
    return job;
  }

  private static void assertNothingLost(Submitted job) {
    job.awaitFinished();
    assertRun(job.run()).hasEveryEpoch(EPOCHS).neverGoesBack().hasTag(Names.TAG_ATTEMPT, "1");
    assertThat(job.allocations()).isEqualTo(1);
  }
}
