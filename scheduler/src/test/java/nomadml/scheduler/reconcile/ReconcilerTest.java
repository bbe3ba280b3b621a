package nomadml.scheduler.reconcile;

import static nomadml.scheduler.Jobs.ID;
import static nomadml.scheduler.Jobs.START;
import static nomadml.scheduler.Jobs.drained;
import static nomadml.scheduler.Jobs.exited;
import static nomadml.scheduler.Jobs.job;
import static nomadml.scheduler.Jobs.running;
import static nomadml.scheduler.Jobs.stopped;
import static nomadml.scheduler.submit.Job.Phase.DEAD;
import static nomadml.scheduler.submit.Job.Phase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.InMemoryCluster;
import nomadml.scheduler.submit.InMemoryRunTracker;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Names;
import org.junit.jupiter.api.Test;

final class ReconcilerTest {
  private static final Map<String, String> OURS =
      Map.of(
          Names.TAG_SUBMISSION,
          "submission-of-" + ID,
          Names.TAG_JOB,
          ID,
          Names.TAG_NAMESPACE,
          "default");

  private final InMemoryCluster cluster = new InMemoryCluster();
  private final InMemoryRunTracker tracker = new InMemoryRunTracker();
  private final InMemoryGaugeGroups gauges = new InMemoryGaugeGroups();
  private final SettableClock clock = new SettableClock(START.plusSeconds(120));
  private final Reconciler reconciler =
      new Reconciler(cluster, Optional.of(tracker), Optional.of(gauges), clock);

  @Test
  void killsTheRunOfAStoppedJob() {
    tracker.put(run("RUNNING", OURS));
    cluster.put(stopped());
    cluster.put(exited(1, 143));

    fix();

    assertThat(run().status()).isEqualTo("KILLED");
    assertThat(run().ended()).isEqualTo(START.plusSeconds(60));
    assertThat(run().tags())
        .containsEntry(Names.TAG_CAUSE, "cancelled")
        .containsEntry(Names.TAG_EVIDENCE, "the job was stopped");
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void failsARunWithTheCauseItsTaskTold() {
    tracker.put(run("RUNNING", OURS));
    cluster.put(job(DEAD));
    cluster.put(exited(1, 1));
    cluster.write(
        exited(1, 1).id(),
        Cluster.Stream.STDOUT,
        "hello\n{\"nomad_ml\":\"failed\",\"timestamp\":1,\"cause\":\"nan_loss\",\"message\":\"NaN\"}\n");

    fix();

    assertThat(run().status()).isEqualTo("FAILED");
    assertThat(run().tags())
        .containsEntry(Names.TAG_CAUSE, "nan_loss")
        .containsEntry(Names.TAG_EVIDENCE, "NaN");
  }

  @Test
  void finishesARunWhoseLastReportWasLost() {
    tracker.put(run("RUNNING", OURS));
    cluster.put(job(DEAD));
    cluster.put(exited(1, 0));

    fix();

    assertThat(run().status()).isEqualTo("FINISHED");
    assertThat(run().tags()).isEqualTo(OURS);
  }

  @Test
  void resumesWhatADrainEnded() {
    tracker.put(run("SCHEDULED", OURS));
    cluster.put(job(DEAD));
    cluster.put(drained(1));

    fix();

    assertThat(cluster.resumed()).containsExactly(ID);
    assertThat(run().status()).isEqualTo("SCHEDULED");
  }

  @Test
  void resumesWhatADrainEndedWithoutMlflow() {
    cluster.put(job(DEAD));
    cluster.put(drained(1));
    Reconciler blind = new Reconciler(cluster, Optional.empty(), Optional.empty(), clock);

    blind.findings().forEach(blind::apply);

    assertThat(cluster.resumed()).containsExactly(ID);
  }

  @Test
  void tellsWhyARunWentOnElsewhere() {
    tracker.put(run("RUNNING", with(Names.TAG_ATTEMPT, "2")));
    cluster.put(job(RUNNING));
    cluster.put(drained(1));
    cluster.put(running(2));

    fix();

    assertThat(run().tags())
        .containsEntry(Names.TAG_CAUSE, "drained")
        .containsEntry(Names.TAG_EXPLAINED, "2");
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void tellsWhyARunWentOnInPlace() {
    tracker.put(run("RUNNING", with(Names.TAG_ATTEMPT, "2")));
    cluster.put(job(RUNNING));
    cluster.put(running(1));

    fix();

    assertThat(run().tags())
        .containsEntry(Names.TAG_CAUSE, "internal")
        .hasEntrySatisfying(
            Names.TAG_EVIDENCE, evidence -> assertThat(evidence).contains("supervisor was killed"));
  }

  @Test
  void leavesTheCauseOfAFailedRunThatHadGoneOnBefore() {
    tracker.put(run("RUNNING", with(Names.TAG_ATTEMPT, "2")));
    cluster.put(job(DEAD));
    cluster.put(drained(1));
    cluster.put(exited(2, 1));

    fix();

    assertThat(run().status()).isEqualTo("FAILED");
    assertThat(run().tags()).containsEntry(Names.TAG_CAUSE, "internal");
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void leavesRunningJobsAndEndedRunsAlone() {
    tracker.put(run("RUNNING", OURS));
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    gauges.push("run-1", clock.instant());
    assertThat(reconciler.findings()).isEmpty();

    tracker.put(run("FAILED", OURS));
    cluster.put(job(DEAD));
    cluster.put(exited(1, 1));
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void killsARunWhoseJobVanished() {
    tracker.put(run("RUNNING", OURS));
    assertThat(reconciler.findings()).isEmpty();

    clock.advance(Duration.ofMinutes(11));
    fix();

    assertThat(run().status()).isEqualTo("KILLED");
    assertThat(run().tags()).containsEntry(Names.TAG_EVIDENCE, ID + " is gone from the cluster");
  }

  @Test
  void neverTouchesARunOfAnotherClusterThatSharesTheMlflow() {
    cluster.known("key-3", "key-4");
    tracker.put(run("RUNNING", with(Names.TAG_CLUSTER, "key-1,key-2")));
    gauges.push("run-1", clock.instant());
    clock.advance(Duration.ofDays(9));
    assertThat(reconciler.findings()).isEmpty();

    tracker.put(run("FAILED", with(Names.TAG_CLUSTER, "key-1,key-2")));
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void killsARunOfItsOwnWhoseJobVanishedThoughAKeyWasChanged() {
    cluster.known("key-2", "key-3");
    tracker.put(run("RUNNING", with(Names.TAG_CLUSTER, "key-1,key-2")));
    clock.advance(Duration.ofMinutes(11));
    fix();
    assertThat(run().status()).isEqualTo("KILLED");
  }

  @Test
  void knowsARunByItsJobThoughEveryKeyWasChanged() {
    cluster.known("key-9");
    tracker.put(run("RUNNING", with(Names.TAG_CLUSTER, "key-1")));
    cluster.put(stopped());
    cluster.put(exited(1, 143));
    fix();
    assertThat(run().status()).isEqualTo("KILLED");
  }

  @Test
  void sparesATaggedRunWhileTheClusterCantBeTold() {
    tracker.put(run("RUNNING", with(Names.TAG_CLUSTER, "key-1")));
    clock.advance(Duration.ofDays(9));
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void sparesAVanishedJobThatStillPushesGauges() {
    tracker.put(run("RUNNING", OURS));
    clock.advance(Duration.ofHours(5));
    gauges.push("run-1", clock.instant().minusSeconds(20));

    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void givesASubmissionThatWasCutADayToGoOn() {
    tracker.put(run("SCHEDULED", Map.of(Names.TAG_SUBMISSION, "cut", Names.TAG_JOB, ID)));
    clock.advance(Duration.ofHours(23));
    assertThat(reconciler.findings()).isEmpty();

    clock.advance(Duration.ofHours(2));
    fix();
    assertThat(run().status()).isEqualTo("KILLED");
    assertThat(run().tags()).containsEntry(Names.TAG_EVIDENCE, ID + " was never registered");
  }

  @Test
  void thisMachineKnowsNothingOfAClustersRuns() {
    tracker.put(run("RUNNING", OURS));
    cluster.onThisMachine();
    clock.advance(Duration.ofDays(2));

    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void touchesNoRunWithoutOurTags() {
    tracker.put(run("RUNNING", Map.of()));
    tracker.put(
        new Run(
            "local",
            "1",
            "local",
            "RUNNING",
            Map.of(Names.TAG_SUBMISSION, "s"),
            Map.of(),
            START,
            Instant.EPOCH));
    clock.advance(Duration.ofDays(1));

    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void deletesGaugesTwoScrapesAfterTheEnd() {
    tracker.put(run("FINISHED", OURS));
    gauges.push("run-1", clock.instant());
    clock.advance(Duration.ofSeconds(29));
    assertThat(reconciler.findings()).isEmpty();

    clock.advance(Duration.ofSeconds(2));
    fix();
    assertThat(gauges.groups()).isEmpty();
  }

  @Test
  void deletesGaugesOfARunNobodyKnowsAfterAnHour() {
    gauges.push("gone", clock.instant());
    clock.advance(Duration.ofMinutes(59));
    assertThat(reconciler.findings()).isEmpty();

    clock.advance(Duration.ofMinutes(2));
    assertThat(reconciler.findings())
        .containsExactly(new Action.DeleteGauges("gone", "MLflow knows no such run"));
  }

  @Test
  void leavesRunsOfNamespacesItDoesNotSeeAlone() {
    cluster.hiding("default");
    tracker.put(run("RUNNING", OURS));
    clock.advance(Duration.ofDays(2));
    assertThat(reconciler.findings()).isEmpty();
    cluster.hiding("another");
    assertThat(reconciler.findings()).hasSize(1);
  }

  @Test
  void twoAtOnceDoTheSameAsOne() {
    tracker.put(run("RUNNING", OURS));
    cluster.put(stopped());
    List<Action> mine = reconciler.findings();
    List<Action> theirs = reconciler.findings();
    mine.forEach(reconciler::apply);
    Run once = run();
    theirs.forEach(reconciler::apply);

    assertThat(run()).isEqualTo(once);
  }

  @Test
  void leavesASchedulesJobAlone() {
    cluster.put(Jobs.schedule(false));
    assertThat(reconciler.findings()).isEmpty();
    cluster.put(Jobs.schedule(true));
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void makesTheRunOfALaunchThatEndedBeforeItCould() {
    cluster.put(Jobs.schedule(false));
    cluster.put(Jobs.launch(60, DEAD, true));
    cluster.put(Jobs.launch(120, RUNNING, false));

    fix();

    Run made = tracker.runs().get(0);
    assertThat(tracker.runs()).hasSize(1);
    assertThat(made.status()).isEqualTo("KILLED");
    assertThat(made.name()).isEqualTo("nightly");
    assertThat(made.tags())
        .containsEntry(Names.TAG_SUBMISSION, "5b-60")
        .containsEntry(Names.TAG_JOB, "nightly-1/periodic-60")
        .containsEntry(Names.TAG_SCHEDULE, "nightly-1")
        .containsEntry(Names.TAG_CAUSE, "cancelled")
        .containsEntry(Names.TAG_EVIDENCE, "the job was stopped before it was placed");
    assertThat(reconciler.findings()).isEmpty();
  }

  @Test
  void leavesALaunchWhoseRunIsThere() {
    cluster.put(Jobs.launch(60, DEAD, true));
    tracker.put(run("FINISHED", Map.of(Names.TAG_SUBMISSION, "5b-60")));
    assertThat(reconciler.findings()).isEmpty();
  }

  private void fix() {
    reconciler.findings().forEach(reconciler::apply);
  }

  private static Map<String, String> with(String key, String value) {
    Map<String, String> tags = new HashMap<>(OURS);
    tags.put(key, value);
    return tags;
  }

  private Run run() {
    return tracker.run("run-1").orElseThrow();
  }

  private static Run run(String status, Map<String, String> tags) {
    Instant ended = status.equals("RUNNING") ? Instant.EPOCH : START.plusSeconds(100);
    return new Run("run-1", "1", "digits", status, new HashMap<>(tags), Map.of(), START, ended);
  }

  private static final class InMemoryGaugeGroups implements GaugeGroups {
    private final Map<String, Group> groups = new LinkedHashMap<>();

    void push(String runId, Instant when) {
      groups.put(runId, new Group(runId, when));
    }

    @Override
    public String name() {
      return "gauges in memory";
    }

    @Override
    public List<Group> groups() {
      return List.copyOf(groups.values());
    }

    @Override
    public void delete(String runId) {
      groups.remove(runId);
    }
  }
}
