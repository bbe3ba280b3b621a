package nomadml.scheduler.follow;

import static nomadml.scheduler.Jobs.ID;
import static nomadml.scheduler.Jobs.allocation;
import static nomadml.scheduler.Jobs.drained;
import static nomadml.scheduler.Jobs.event;
import static nomadml.scheduler.Jobs.exited;
import static nomadml.scheduler.Jobs.job;
import static nomadml.scheduler.Jobs.running;
import static nomadml.scheduler.Jobs.stopped;
import static nomadml.scheduler.submit.Cluster.Stream.STDERR;
import static nomadml.scheduler.submit.Cluster.Stream.STDOUT;
import static nomadml.scheduler.submit.Job.Phase.DEAD;
import static nomadml.scheduler.submit.Job.Phase.PENDING;
import static nomadml.scheduler.submit.Job.Phase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.InMemoryCluster;
import nomadml.spec.ExitCode;
import nomadml.spec.FailureCause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class FollowerTest {
  private static final String ATTEMPT = "{\"nomad_ml\":\"attempt\",\"timestamp\":1}\n";
  private static final String EPOCH =
      "{\"nomad_ml\":\"epoch\",\"timestamp\":2,\"epoch\":1,\"metrics\":{\"train_loss\":0.5}}\n";
  private static final String FINISHED =
      "{\"nomad_ml\":\"finished\",\"timestamp\":3,\"metrics\":{\"validation_accuracy\":0.97},"
          + "\"facts\":{\"model_folder\":\"model\"}}\n";

  private final InMemoryCluster cluster = new InMemoryCluster();
  private final RecordingDisplay display = new RecordingDisplay();
  private final SettableClock clock = new SettableClock(Jobs.START);

  /** Not only when the job has ended, hours later. */
  @Test
  void saysAtOnceThatItMayNotReadWhatAJobWrites() throws Exception {
    cluster.silent();
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    display.await(
        "its output can't be read to the end: denied to read the output; set NOMAD_TOKEN");
    cluster.put(exited(1, 0));
    cluster.put(job(DEAD));

    assertThat(outcome.get(10, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void showsAJobFromItsWaitToItsEnd() throws Exception {
    cluster.put(job(PENDING, "3 nodes: cpu exhausted"));
    CompletableFuture<Outcome> outcome = follow();
    display.await("waits: 3 nodes: cpu exhausted");
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    display.await("placed on node-1 (allocation 10000000)");
    write(1, ATTEMPT + "hello\n" + EPOCH + FINISHED);
    display.await("*FINISHED");
    cluster.put(exited(1, 0));
    cluster.put(job(DEAD));

    assertThat(outcome.get(10, TimeUnit.SECONDS))
        .isEqualTo(
            new Outcome(
                ExitCode.DONE,
                null,
                "trained to the end",
                null,
                Map.of("validation_accuracy", 0.97),
                Map.of("model_folder", "model")));
    assertThat(display.shown())
        .containsExactly(
            "waits: 3 nodes: cpu exhausted",
            "placed on node-1 (allocation 10000000)",
            "started",
            "*ATTEMPT",
            ">hello",
            "*EPOCH",
            "*FINISHED");
  }

  @Test
  void movesToTheNextAllocationWhenANodeIsLost() throws Exception {
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    write(1, ATTEMPT + EPOCH);
    display.await("*EPOCH");
    cluster.put(allocation(1, Status.LOST, "stop", "alloc is lost", null));
    display.await("node node-1 is lost");
    cluster.put(running(2));
    write(2, "second\n" + FINISHED);
    display.await(">second");
    cluster.put(exited(2, 0));
    cluster.put(job(DEAD));

    assertThat(outcome.get(10, TimeUnit.SECONDS).isDone()).isTrue();
    assertThat(display.shown()).contains("placed on node-2 (allocation 20000000)");
  }

  @Test
  void failsWithCauseMessageAndHintOfTheLastLine() throws Exception {
    cluster.put(job(DEAD));
    cluster.put(exited(1, 1));
    write(
        1,
        "{\"nomad_ml\":\"failed\",\"timestamp\":3,\"cause\":\"nan_loss\","
            + "\"message\":\"the loss is NaN\",\"hint\":\"lower it\"}");

    Outcome outcome = follow().get(10, TimeUnit.SECONDS);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.cause()).isEqualTo(FailureCause.NAN_LOSS);
    assertThat(outcome.message()).isEqualTo("the loss is NaN");
    assertThat(outcome.hint()).isEqualTo("lower it");
  }

  @Test
  void saysTheVerdictOnceThoughNomadStartsTheTaskAgain() throws Exception {
    String failed =
        "{\"nomad_ml\":\"failed\",\"timestamp\":3,\"cause\":\"nan_loss\",\"message\":\"the loss is NaN\"}\n";
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    write(1, ATTEMPT + failed);
    display.await("*FAILED");
    cluster.put(exited(1, 1));
    cluster.put(running(2));
    write(2, failed);
    cluster.put(exited(2, 1));
    cluster.put(job(DEAD));

    assertThat(outcome.get(10, TimeUnit.SECONDS).cause()).isEqualTo(FailureCause.NAN_LOSS);
    assertThat(display.shown())
        .containsExactly(
            "placed on node-1 (allocation 10000000)", "started", "*ATTEMPT", "*FAILED");
  }

  @Test
  void showsWhatWasHeldBackWhenTheVerdictWasNotTheLast() throws Exception {
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    write(1, ATTEMPT + "{\"nomad_ml\":\"failed\",\"timestamp\":3,\"cause\":\"internal\"}\n");
    display.await("*FAILED");
    cluster.put(allocation(1, Status.LOST, "stop", "alloc is lost", null));
    cluster.put(running(2));
    write(2, ATTEMPT);
    display.await("placed on node-2 (allocation 20000000)");
    write(2, FINISHED);
    cluster.put(exited(2, 0));
    cluster.put(job(DEAD));
    assertThat(outcome.get(10, TimeUnit.SECONDS).isDone()).isTrue();
  }

  @Test
  void aFailureThatIsTriedAgainIsNotTheOutcome() throws Exception {
    cluster.put(job(DEAD));
    cluster.put(exited(1, 0));
    write(
        1,
        "{\"nomad_ml\":\"failed\",\"timestamp\":3,\"cause\":\"native_crash\"}\n"
            + ATTEMPT
            + FINISHED);

    assertThat(follow().get(10, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void readsFromTheClusterWhyATaskThatNeverSpokeFailed() throws Exception {
    cluster.put(job(DEAD));
    cluster.put(
        allocation(
            1,
            Status.FAILED,
            "run",
            "",
            null,
            event("Driver Failure", "Failed to pull `nowhere/none:1`")));

    Outcome outcome = follow().get(10, TimeUnit.SECONDS);

    assertThat(outcome.cause()).isEqualTo(FailureCause.IMAGE_PULL);
    assertThat(outcome.message()).contains("nowhere/none:1");
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
  }

  @Test
  void aStoppedJobIsCancelled() throws Exception {
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    display.await("started");
    cluster.put(allocation(1, Status.COMPLETE, "stop", "alloc not needed", 143));
    cluster.put(stopped());

    assertThat(outcome.get(10, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.CANCELLED);
    assertThat(display.shown()).contains("stop asked for");
  }

  @Test
  void aJobThatVanishedIsCancelled() throws Exception {
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    display.await("started");
    cluster.forget(ID);

    assertThat(outcome.get(10, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.CANCELLED);
  }

  @Test
  void asksForAnotherPlaceWhenTheNodeWasDrained() throws Exception {
    cluster.put(job(DEAD));
    cluster.put(drained(1));
    CompletableFuture<Outcome> outcome = follow();
    display.await("node node-1 was drained; asking for another place");
    cluster.put(job(RUNNING));
    cluster.put(running(2));
    display.await("placed on node-2");
    write(2, FINISHED);
    cluster.put(exited(2, 0));
    cluster.put(job(DEAD));

    assertThat(outcome.get(10, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(cluster.resumed()).containsExactly(ID);
  }

  @Test
  void givesUpOnADrainedJobThatFindsNoOtherPlace() throws Exception {
    cluster.put(job(DEAD));
    cluster.put(drained(1));
    CompletableFuture<Outcome> outcome = follow();
    display.await("node node-1 was drained");
    clock.advance(Duration.ofMinutes(3));

    Outcome ended = outcome.get(10, TimeUnit.SECONDS);
    assertThat(ended.cause()).isEqualTo(FailureCause.DRAINED);
    assertThat(ended.hint()).contains("doctor --fix");
  }

  @Test
  void doesNotWaitForANodeThatNeverTellsTheEndOfAFinishedTask() throws Exception {
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    write(1, FINISHED);
    display.await("*FINISHED");
    clock.advance(Duration.ofMinutes(1));

    assertThat(outcome.get(10, TimeUnit.SECONDS).isDone()).isTrue();
  }

  @Test
  void goesOnWhenTheClusterAnswersAgain() throws Exception {
    cluster.put(job(RUNNING));
    cluster.put(running(1));
    CompletableFuture<Outcome> outcome = follow();
    display.await("started");
    cluster.unreachable(true);
    display.await("a cluster in memory does not answer; trying again");
    cluster.unreachable(false);
    display.await("a cluster in memory answers again");
    write(1, FINISHED);
    cluster.put(exited(1, 0));
    cluster.put(job(DEAD));

    assertThat(outcome.get(10, TimeUnit.SECONDS).isDone()).isTrue();
  }

  @Test
  void failsAtOnceWhenTheClusterNeverAnswered() {
    cluster.unreachable(true);
    assertThatThrownBy(() -> new Follower(cluster, display, clock).follow(job(PENDING)))
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE));
  }

  @Test
  void givesUpAfterTenMinutesOfSilence() throws Exception {
    cluster.put(job(RUNNING));
    CompletableFuture<Outcome> outcome = follow();
    cluster.put(running(1));
    display.await("started");
    cluster.unreachable(true);
    display.await("a cluster in memory does not answer");
    clock.advance(Duration.ofMinutes(11));

    assertThatThrownBy(() -> outcome.get(20, TimeUnit.SECONDS))
        .hasRootCauseMessage("a cluster in memory does not answer")
        .hasMessageContaining("the job goes on");
  }

  @Test
  void skipsTheHistoryOfAJobThatIsFollowedLate() throws Exception {
    cluster.put(job(DEAD));
    cluster.put(exited(1, 137));
    write(1, "old\n");
    cluster.put(exited(2, 0));
    write(2, "new\n");

    assertThat(follow().get(10, TimeUnit.SECONDS).isDone()).isTrue();
    assertThat(display.shown()).contains(">new").doesNotContain(">old", "placed on node-1");
  }

  @Test
  void followsBothOutputs() throws Exception {
    cluster.put(job(DEAD));
    Allocation allocation = exited(1, 0);
    cluster.put(allocation);
    cluster.write(allocation.id(), STDOUT, "said\n");
    cluster.write(allocation.id(), STDERR, "warned\n");

    new Follower(cluster, display, clock).follow(job(DEAD));

    assertThat(display.shown()).contains(">said", "!warned");
  }

  @Test
  void followsStderrAlone() throws Exception {
    cluster.put(job(DEAD));
    Allocation allocation = exited(1, 0);
    cluster.put(allocation);
    cluster.write(allocation.id(), STDERR, "warned\n");

    new Follower(cluster, display, clock).follow(job(DEAD), EnumSet.of(STDERR));

    assertThat(display.shown()).contains(">warned");
  }

  private void write(int allocation, String text) {
    cluster.write(running(allocation).id(), STDOUT, text);
  }

  private CompletableFuture<Outcome> follow() {
    return CompletableFuture.supplyAsync(
        () -> new Follower(cluster, display, clock).follow(job(PENDING)));
  }
}
