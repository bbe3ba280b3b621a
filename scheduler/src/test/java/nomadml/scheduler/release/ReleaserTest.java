package nomadml.scheduler.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.InMemoryPorts;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.release.Release.State;
import nomadml.scheduler.submit.Forecast;
import nomadml.spec.ExitCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class ReleaserTest {
  private static final String[] ALL = {"test", "gpu-test", "prod", "gpu-prod"};

  private InMemoryEnvironments all = new InMemoryEnvironments(new SettableClock(Jobs.START), ALL);

  @Test
  void goesThroughAllStagesWithOneDigest() {
    Release release = released("5", ALL);
    assertThat(release.state()).isEqualTo(State.RELEASED);
    assertThat(release.standing()).containsExactly(ALL);
    for (String context : ALL) {
      assertThat(all.at(context).serving.requests())
          .as(context)
          .singleElement()
          .satisfies(request -> assertThat(request.wish().digest()).isEqualTo(release.digest()));
    }
    assertThat(all.said).contains("stage 1 of 4: test", "stage 4 of 4: gpu-prod");
  }

  @Test
  void aliasMovesWhereTheReleaseEnds() {
    released("5", "test", "prod");
    assertThat(all.at("test").aliases).isEmpty();
    assertThat(all.at("prod").aliases).containsEntry("champion", "5");
  }

  @Test
  void refusedAtAGateStopsThere() {
    all.running("prod", "4");
    all.gates.put("prod", List.of("error_rate<=0.01", "requests>=200"));
    all.at("prod").requests.put("5", Map.of("200", 180.0, "500", 20.0));
    Release release = released("5", ALL);
    assertThat(release.state()).isEqualTo(State.REFUSED);
    assertThat(release.state().exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
    Stage prod = release.stages().get(2);
    assertThat(prod.why()).startsWith("error_rate<=0.01 does not hold");
    assertThat(prod.checks())
        .extracting(Check::gate, Check::holds)
        .containsExactly(tuple("error_rate<=0.01", false), tuple("requests>=200", true));
    assertThat(prod.checks().get(0).milliseconds()).isPositive();
    assertThat(runs("prod")).isEqualTo("4");
    assertThat(release.standing()).containsExactly("test", "gpu-test");
    assertThat(release.stages().get(3).state()).isEqualTo(Stage.State.PENDING);
    assertThat(all.at("gpu-prod").serving.requests()).isEmpty();
  }

  @Test
  void earlierStagesGoBackWhenAsked() {
    all.running("test", "4");
    all.at("prod").serving.crashing("5");
    Release refused = released("5", "test", "gpu-test", "prod");
    assertThat(refused.state()).isEqualTo(State.REFUSED);
    Release back = releaser().revert(refused);
    assertThat(back.stages())
        .extracting(Stage::state)
        .containsExactly(Stage.State.REVERTED, Stage.State.REVERTED, Stage.State.REFUSED);
    assertThat(runs("test")).isEqualTo("4");
    assertThat(back.stages().get(0).why()).isEqualTo("went back to version 4");
    assertThat(all.at("gpu-test").serving.current("").orElseThrow().stopped()).isTrue();
  }

  @Test
  void whatAnotherDeploymentReplacedIsLeft() {
    Release released = released("4", "test", "prod");
    all.clock.advance(Duration.ofMinutes(1));
    all.running("test", "5");
    Release back = releaser().revert(released);
    assertThat(back.stages())
        .extracting(Stage::state)
        .containsExactly(Stage.State.KEPT, Stage.State.REVERTED);
    assertThat(runs("test")).isEqualTo("5");
  }

  @Test
  void humanMayRejectIt() {
    all.running("prod", "4");
    onceWaiting("prod", deployer -> deployer.reject("digits", "not on a Friday"));
    Release release = released("5", "test", "prod:approve", "gpu-prod");
    assertThat(release.state()).isEqualTo(State.REJECTED);
    assertThat(release.state().exitCode()).isEqualTo(ExitCode.CANCELLED);
    assertThat(release.at().orElseThrow().why()).isEqualTo("rejected by ada: not on a Friday");
    assertThat(runs("prod")).isEqualTo("4");
    assertThat(all.at("gpu-prod").serving.requests()).isEmpty();
  }

  @Test
  void humanMayApproveIt() {
    all.running("prod", "4");
    onceWaiting("prod", deployer -> deployer.promote("digits", "go", false));
    assertThat(released("5", "test", "prod:approve").state()).isEqualTo(State.RELEASED);
    assertThat(runs("prod")).isEqualTo("5");
  }

  @Test
  void nobodyInTimeIsANo() {
    all.running("prod", "4");
    Release release = released("5", "test", "prod:approve");
    assertThat(release.state()).isEqualTo(State.EXPIRED);
    assertThat(release.state().exitCode()).isEqualTo(ExitCode.TIME_LIMIT);
    assertThat(runs("prod")).isEqualTo("4");
  }

  @Test
  void anotherDigestInALaterStageIsRefused() {
    all.at("prod").files.put("5/MLmodel", "somebody else's version 5");
    Release release = released("5", "test", "prod");
    assertThat(release.state()).isEqualTo(State.REFUSED);
    assertThat(release.at().orElseThrow().why())
        .startsWith("digits/5 is another model there: its digest is sha256:")
        .contains(release.digest());
    assertThat(all.at("prod").serving.requests()).isEmpty();
  }

  @Test
  void versionThatALaterStageDoesNotHaveIsRefused() {
    all.at("prod").files.remove("5/MLmodel");
    Release release = released("5", "test", "prod");
    assertThat(release.state()).isEqualTo(State.REFUSED);
    assertThat(release.at().orElseThrow().why())
        .isEqualTo("there is no digits/5 (the newest versions are 5, 4, 3)");
  }

  @Test
  void whatCanNeverBePlacedIsRefused() {
    all.at("gpu-test")
        .serving
        .forecast(
            new Forecast(
                Forecast.Verdict.NEVER, null, List.of("no node has a GPU"), List.of(), List.of()));
    Release release = released("5", "test", "gpu-test", "prod");
    assertThat(release.state()).isEqualTo(State.REFUSED);
    assertThat(release.at().orElseThrow().why()).contains("no node has a GPU");
  }

  @Test
  void unreachableClusterLeavesItOpen() {
    all.away.add("prod");
    SchedulerFailure failure = refused(() -> released("5", "test", "prod"));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE);
    Release open = releaser().open("digits", "test").orElseThrow();
    assertThat(open.standing()).containsExactly("test");
    all.away.clear();
    Release release = released("5", "test", "prod");
    assertThat(release.id()).isEqualTo(open.id());
    assertThat(release.state()).isEqualTo(State.RELEASED);
    assertThat(all.at("test").serving.requests()).hasSize(1);
  }

  @Test
  void unknownContextIsRefusedBeforeAnythingIsDone() {
    assertThat(refused(() -> released("5", "test", "staging")))
        .hasMessage("there is no context staging");
    assertThat(all.releases.records()).isEmpty();
  }

  @Test
  void twoStagesInTheSamePlaceAreRefused() {
    all.at("prod").serving.host = "test.test";
    Release release = released("5", "test", "prod");
    assertThat(release.state()).isEqualTo(State.REFUSED);
    assertThat(release.at().orElseThrow().why())
        .startsWith("contexts test and prod are the same place");
  }

  @Test
  void anotherReleaseOfTheModelWaitsItsTurn() {
    all.away.add("prod");
    refused(() -> released("5", "test", "prod"));
    assertThat(refused(() -> released("4", "test", "prod")))
        .hasMessageContaining("of digits/5 through test,prod is under way");
    assertThat(refused(() -> released("5", "test")))
        .hasMessageContaining("of digits/5 through test,prod is under way");
    Release open = releaser().open("digits", "test").orElseThrow();
    assertThat(refused(() -> releaser().revert(open))).hasMessageContaining("is under way");
    assertThat(releaser().cancel(open, "given up").state()).isEqualTo(State.CANCELLED);
    assertThat(released("4", "test").state()).isEqualTo(State.RELEASED);
  }

  @Test
  void killedAnywhereItGoesOnAndDeploysNoStageTwice() {
    int kills = 0;
    for (int after = 0; ; after++) {
      begin();
      all.running("prod", "4");
      boolean killed = isKilled(after, () -> released("5", ALL));
      Release release = released("5", ALL);
      assertThat(release.state()).as("killed after change " + after).isEqualTo(State.RELEASED);
      for (String context : ALL) {
        assertThat(all.at(context).serving.requests().stream().map(one -> one.wish().version()))
            .as(context + ", killed after change " + after)
            .containsExactlyElementsOf(context.equals("prod") ? List.of("4", "5") : List.of("5"));
        assertThat(all.at(context).records())
            .as(context + ", killed after change " + after)
            .hasSize(context.equals("prod") ? 2 : 1);
      }
      if (!killed) {
        break;
      }
      kills++;
    }
    assertThat(kills).isGreaterThan(30);
  }

  /** Also what nobody wrote down before its end. */
  @Test
  void killedAnywhereARefusalIsNoSecondDeployment() {
    for (int after = 0; ; after++) {
      begin();
      all.running("test", "4");
      all.at("prod").serving.crashing("5");
      boolean killed = isKilled(after, () -> released("5", "test", "prod"));
      for (Deployment open : all.at("prod").records()) {
        Deployer other = new Deployer(all.at("prod").ports(), all.clock, all.said::add);
        if (!open.state().isOver()) {
          other.follow(open);
        }
      }
      if (all.releases.records().stream().noneMatch(one -> one.state().over())) {
        assertThat(released("5", "test", "prod").state())
            .as("killed after change " + after)
            .isEqualTo(State.REFUSED);
      }
      assertThat(all.at("prod").records()).as("killed after change " + after).hasSize(1);
      assertThat(all.at("test").records()).as("killed after change " + after).hasSize(2);
      if (!killed) {
        break;
      }
    }
  }

  @Test
  void killedAnywhereOnTheWayBackItGoesOn() {
    for (int after = 0; ; after++) {
      begin();
      all.running("test", "4");
      all.at("prod").serving.crashing("5");
      Release refused = released("5", "test", "gpu-test", "prod");
      boolean killed = isKilled(after, () -> releaser().revert(refused));
      Release back = releaser().revert(refused);
      assertThat(back.stages())
          .as("killed after change " + after)
          .extracting(Stage::state)
          .containsExactly(Stage.State.REVERTED, Stage.State.REVERTED, Stage.State.REFUSED);
      assertThat(runs("test")).isEqualTo("4");
      assertThat(all.at("test").serving.requests()).hasSize(3);
      if (!killed) {
        break;
      }
    }
  }

  private void begin() {
    all = new InMemoryEnvironments(new SettableClock(Jobs.START), ALL);
  }

  private boolean isKilled(int after, Runnable command) {
    int[] left = {after};
    all.changed(
        () -> {
          if (left[0]-- == 0) {
            throw new Killed();
          }
        });
    try {
      command.run();
      return false;
    } catch (Killed e) {
      return true;
    } finally {
      all.changed(() -> {});
    }
  }

  private void onceWaiting(String context, Consumer<Deployer> human) {
    InMemoryPorts ports = all.at(context);
    Runnable look =
        new Runnable() {
          @Override
          public void run() {
            boolean isWaiting =
                ports.records().stream().anyMatch(one -> one.state() == Deployment.State.WAITING);
            if (isWaiting) {
              human.accept(new Deployer(ports.ports(), all.clock, all.said::add));
            } else {
              ports.serving.later(this);
            }
          }
        };
    ports.serving.later(look);
  }

  private String runs(String context) {
    return all.at(context).serving.current("").orElseThrow().modelVersion();
  }

  private Release released(String version, String... stages) {
    Releaser releaser = releaser();
    return releaser.follow(
        releaser.begin(
            ModelReference.parse("digits/" + version), Plan.parse(List.of(stages)), "because"));
  }

  private Releaser releaser() {
    return new Releaser(all, all.clock, all);
  }

  private static SchedulerFailure refused(ThrowingCallable call) {
    return catchThrowableOfType(SchedulerFailure.class, call);
  }

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }
}
