package nomadml.scheduler.deploy;

import static nomadml.scheduler.deploy.Wishes.approved;
import static nomadml.scheduler.deploy.Wishes.golden;
import static nomadml.scheduler.deploy.Wishes.wish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.deploy.Deployment.Kind;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.submit.Forecast;
import nomadml.spec.ExitCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class DeployerTest {
  private final SettableClock clock = new SettableClock(Jobs.START);
  private final InMemoryPorts platform = new InMemoryPorts(clock);
  private final InMemoryServing nomad = platform.serving;
  private final List<String> said = new ArrayList<>();

  @Test
  void firstDeploymentNeedsNoCanary() {
    Deployment first = deploy(wish("4"));
    assertThat(first.state()).isEqualTo(State.PROMOTED);
    assertThat(first.previous()).isNull();
    assertThat(platform.aliases).containsEntry("champion", "4");
    assertThat(platform.weights).containsEntry("serve-digits", 10);
    assertThat(platform.told).containsExactly("team promoted");
    assertThat(platform.tags.get("4"))
        .containsEntry("nomad_ml.deploy.state", "promoted")
        .containsEntry("nomad_ml.deploy.by", "ada");
  }

  @Test
  void canaryIsPromotedWhenTheGatesHold() {
    deploy(wish("4"));
    platform.requests.put("5", Map.of("200", 199.0, "500", 1.0));
    platform.requests.put("4", Map.of("200", 1000.0));
    platform.buckets.put("5", Map.of("0.01", 200.0, "+Inf", 200.0));
    platform.buckets.put("4", Map.of("0.01", 1000.0, "+Inf", 1000.0));
    Deployment second = deploy(wish("5", "error_rate<=0.01", "p95<=1.2x", "requests>=200"));
    assertThat(second.state()).isEqualTo(State.PROMOTED);
    assertThat(second.previous()).isEqualTo("4");
    assertThat(second.last().measured())
        .contains("error_rate<=0.01 holds: 0.0050, the running version 0.0000")
        .contains("requests>=200 holds: 200");
    assertThat(platform.aliases).containsEntry("champion", "5");
    assertThat(second.step(Steps.MEASURING)).isPresent();
  }

  @Test
  void gateThatDoesNotHoldTakesTheCanaryBack() {
    deploy(wish("4"));
    platform.requests.put("5", Map.of("200", 180.0, "500", 20.0));
    Deployment second = deploy(wish("5", "error_rate<=0.01", "requests>=200"));
    assertThat(second.state()).isEqualTo(State.FAILED);
    assertThat(second.last().why()).startsWith("error_rate<=0.01 does not hold: 0.1000");
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("4");
    assertThat(platform.aliases).containsEntry("champion", "4");
    assertThat(platform.told).containsExactly("team promoted", "team failed");
  }

  @Test
  void tooFewRequestsAreWaitedForAndThenAReason() {
    deploy(wish("4"));
    platform.requests.put("5", Map.of("200", 3.0));
    Deployment second = deploy(wish("5", "requests>=200"));
    assertThat(second.state()).isEqualTo(State.FAILED);
    assertThat(second.last().why())
        .startsWith("not decided within 10m: requests>=200 does not hold: 3");
    assertThat(second.last().at()).isAfter(second.created().plus(Duration.ofMinutes(10)));
  }

  @Test
  void wrongAnswersAreFoundBeforeUsersFindThem() {
    deploy(wish("4"));
    platform.files.put("golden/set.csv", "a,kind\n1,zero\n2,zero\n");
    platform.answers.put("5", "[0.1, 0.9]");
    Deployment second =
        deploy(golden("5", "runs:/golden/set.csv", "accuracy>=stable-0.005", "requests>=200"));
    assertThat(second.state()).isEqualTo(State.FAILED);
    assertThat(second.last().why())
        .isEqualTo("accuracy>=stable-0.005 does not hold: 0.0000, the running version 1.0000");
    assertThat(second.step(Steps.MEASURING)).isEmpty();
  }

  @Test
  void firstDeploymentWithWrongAnswersIsStoppedAndNeverComeBackTo() {
    platform.files.put("golden/set.csv", "a,kind\n1,one\n");
    Deployment first = deploy(golden("4", "runs:/golden/set.csv", "accuracy>=0.9"));
    assertThat(first.state()).isEqualTo(State.FAILED);
    assertThat(nomad.current("").orElseThrow().stopped()).isTrue();
    assertThat(nomad.stable()).isEmpty();
    assertThat(platform.aliases).isEmpty();
  }

  @Test
  void firstDeploymentIsNotAskedForRequestsNobodySends() {
    Deployment first = deploy(wish("4", "requests>=200", "p95<=1.2x"));
    assertThat(first.state()).isEqualTo(State.PROMOTED);
    assertThat(first.last().measured())
        .containsExactly("requests are not looked at: no version ran before that could share them");
  }

  @Test
  void crashAtTheStartIsToldWithItsEvidence() {
    deploy(wish("4"));
    nomad.crashing("5");
    Deployment second = deploy(wish("5"));
    assertThat(second.state()).isEqualTo(State.FAILED);
    assertThat(second.last().why()).isEqualTo("a server did not become healthy");
    assertThat(second.last().measured())
        .contains(
            "canary 00000002 on node-1: Terminated: Exit Code: 2",
            "canary 00000002 wrote: model can't be served");
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("4");
  }

  @Test
  void firstOneThatCrashesIsStopped() {
    nomad.crashing("4");
    Deployment first = deploy(wish("4"));
    assertThat(first.state()).isEqualTo(State.FAILED);
    assertThat(nomad.current("").orElseThrow().stopped()).isTrue();
    assertThat(nomad.stable()).isEmpty();
  }

  @Test
  void whatNomadTookBackItselfIsWrittenDown() {
    deploy(wish("4"));
    Deployment waiting = waiting(approved("5", "2h"));
    nomad.fail(nomad.rollout(nomad.registered("", waiting.id()).orElseThrow()).orElseThrow());
    assertThat(deployer().history("digits", 1).get(0).state()).isEqualTo(State.FAILED);
    assertThat(platform.records().get(1).last().why())
        .isEqualTo("Nomad says: Deployment marked as failed");
  }

  @Test
  void waitsForAHumanWhoMayBeElsewhere() {
    deploy(wish("4"));
    nomad.later(() -> nomad.later(() -> deployer().promote("digits", "looks good", false)));
    Deployment second = deploy(approved("5", "2h"));
    assertThat(second.state()).isEqualTo(State.PROMOTED);
    assertThat(second.step(Steps.APPROVED).orElseThrow().why()).isEqualTo("looks good");
    assertThat(second.last().why()).isEqualTo("approved by ada");
    assertThat(platform.told).containsExactly("team promoted", "team waiting", "team promoted");
    assertThat(said).contains("  hint: submit-job deploy promote digits");
  }

  @Test
  void humanMaySayNo() {
    deploy(wish("4"));
    nomad.later(() -> nomad.later(() -> deployer().reject("digits", "not today")));
    Deployment second = deploy(approved("5", "2h"));
    assertThat(second.state()).isEqualTo(State.REJECTED);
    assertThat(second.last().why()).isEqualTo("rejected by ada: not today");
    assertThat(platform.aliases).containsEntry("champion", "4");
  }

  @Test
  void nobodyInTimeIsANo() {
    deploy(wish("4"));
    Deployment second = deploy(approved("5", "2h"));
    assertThat(second.state()).isEqualTo(State.REJECTED);
    assertThat(second.last().why()).isEqualTo("nobody approved within 2h");
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("4");
  }

  @Test
  void approvalAfterItsDeadlineIsRefused() {
    deploy(wish("4"));
    Deployment waiting = waiting(approved("5", "2h"));
    assertThat(waiting.state()).isEqualTo(State.WAITING);
    clock.advance(Duration.ofHours(3));
    SchedulerFailure late = refused(() -> deployer().promote("digits", "", false));
    assertThat(late.exitCode()).isEqualTo(ExitCode.TIME_LIMIT);
    assertThat(late).hasMessageContaining("was to be approved until");
  }

  @Test
  void whoMayNotPromoteIsToldAndChangesNothing() {
    deploy(wish("4"));
    waiting(approved("5", "2h"));
    nomad.denies(true);
    assertThat(refused(() -> deployer().promote("digits", "", false)))
        .isInstanceOf(DeniedFailure.class);
    assertThat(platform.records().get(1).state()).isEqualTo(State.WAITING);
  }

  @Test
  void firstDeploymentWaitsTooAndNomadDoesNotComeBackToItBefore() {
    waiting(approved("4", "2h"));
    assertThat(nomad.stable()).isEmpty();
    assertThat(platform.aliases).isEmpty();
    Deployment first = deployer().promote("digits", "", false);
    assertThat(first.state()).isEqualTo(State.PROMOTED);
    assertThat(nomad.stable()).hasSize(1);
  }

  @Test
  void promotesNothingThatDoesNotWait() {
    deploy(wish("4"));
    assertThat(refused(() -> deployer().promote("digits", "", false)))
        .hasMessageContaining("nothing to promote");
    Deployment begun = deployer().register(deployer().begin(wish("5", "requests>=5"), ""));
    assertThat(begun.state()).isEqualTo(State.STARTED);
    assertThat(refused(() -> deployer().promote("digits", "", false)))
        .hasMessageContaining("waits for no approval");
    assertThat(refused(() -> deployer().promote("digits", "", true)))
        .hasMessageContaining("not healthy yet");
    nomad.watch("", 0, Duration.ofSeconds(1));
    assertThat(deployer().promote("digits", "in a hurry", true).state()).isEqualTo(State.PROMOTED);
  }

  @Test
  void rejectsNothingThatIsNotThere() {
    assertThat(refused(() -> deployer().reject("digits", "")))
        .hasMessageContaining("nothing to reject");
  }

  @Test
  void rejectsWhatIsNotRegisteredYet() {
    Deployment begun = deployer().begin(wish("4"), "");
    assertThat(deployer().reject("digits", "").state()).isEqualTo(State.REJECTED);
    assertThat(deployer().follow(begun).state()).isEqualTo(State.REJECTED);
    assertThat(nomad.requests()).isEmpty();
  }

  /** Whatever it was killed after: typed again, it ends as if it had not been. */
  @Test
  void goesOnWhereItWasKilled() {
    int kills = 0;
    for (int after = 0; ; after++) {
      SettableClock time = new SettableClock(Jobs.START);
      InMemoryPorts servers = new InMemoryPorts(time);
      Deployer deployer = new Deployer(servers.ports(), time, said::add);
      deployer.follow(deployer.begin(wish("4"), ""));
      servers.files.put("golden/set.csv", "a,kind\n1,zero\n");
      servers.requests.put("5", Map.of("200", 300.0));
      int[] left = {after};
      servers.serving.changed =
          () -> {
            if (left[0]-- == 0) {
              throw new Killed();
            }
          };
      Wish wish = golden("5", "runs:/golden/set.csv", "accuracy>=0.9", "requests>=200");
      boolean killed = false;
      try {
        deployer.follow(deployer.begin(wish, ""));
      } catch (Killed e) {
        killed = true;
      }
      Deployer again = new Deployer(servers.ports(), time, said::add);
      Deployment ended = again.follow(again.begin(wish, ""));
      assertThat(ended.state()).as("killed after change " + after).isEqualTo(State.PROMOTED);
      assertThat(servers.serving.requests()).as("killed after change " + after).hasSize(2);
      assertThat(servers.records()).as("killed after change " + after).hasSize(2);
      assertThat(servers.aliases).containsEntry("champion", "5");
      if (!killed) {
        break;
      }
      kills++;
    }
    assertThat(kills).isGreaterThan(8);
  }

  /** The same for one that is taken back. */
  @Test
  void takesBackWhereItWasKilled() {
    for (int after = 0; ; after++) {
      SettableClock time = new SettableClock(Jobs.START);
      InMemoryPorts servers = new InMemoryPorts(time);
      Deployer deployer = new Deployer(servers.ports(), time, said::add);
      deployer.follow(deployer.begin(wish("4"), ""));
      servers.requests.put("5", Map.of("500", 300.0));
      int[] left = {after};
      servers.serving.changed =
          () -> {
            if (left[0]-- == 0) {
              throw new Killed();
            }
          };
      boolean killed = false;
      try {
        deployer.follow(deployer.begin(wish("5", "error_rate<=0.1"), ""));
      } catch (Killed e) {
        killed = true;
      }
      Deployer again = new Deployer(servers.ports(), time, said::add);
      again.open("digits").ifPresent(again::follow);
      assertThat(servers.records().get(servers.records().size() - 1).state())
          .as("killed after change " + after)
          .isEqualTo(State.FAILED);
      assertThat(servers.serving.current("").orElseThrow().modelVersion()).isEqualTo("4");
      if (!killed) {
        break;
      }
    }
  }

  @Test
  void sameWishAgainChangesNothingButRepairsTheAlias() {
    deploy(wish("4"));
    platform.aliases.put("champion", "3");
    deploy(wish("4"));
    assertThat(nomad.requests()).hasSize(1);
    assertThat(platform.aliases).containsEntry("champion", "4");
    assertThat(said).contains("digits/4 runs like that already");
  }

  @Test
  void aliasThatMlflowDidNotTakeIsMovedByTheNextCommand() {
    platform.mlflowAway = true;
    assertThat(refused(() -> deploy(wish("4")))).hasMessageContaining("can't reach MLflow");
    platform.mlflowAway = false;
    assertThat(deployer().history("digits", 5).get(0).state()).isEqualTo(State.PROMOTED);
    assertThat(platform.aliases).containsEntry("champion", "4");
  }

  @Test
  void refusesASecondOneBesideTheFirst() {
    deployer().register(deployer().begin(wish("4"), ""));
    SchedulerFailure failure = refused(() -> deployer().begin(wish("5"), ""));
    assertThat(failure).hasMessageContaining("digits/4 is under way");
    assertThat(failure.hint()).contains("submit-job deploy reject digits");
  }

  @Test
  void jobThatChangedSinceItWasPlannedIsNotReplaced() {
    Deployment begun = deployer().begin(wish("4"), "");
    nomad.put(new ServingJob("serve-digits", "default", 0, 99, false, "digits", "3", "other"));
    Deployment ended = deployer().follow(begun);
    assertThat(ended.state()).isEqualTo(State.FAILED);
    assertThat(ended.last().why()).contains("the job has changed since it was planned");
    assertThat(nomad.requests()).isEmpty();
  }

  @Test
  void refusesAJobOfSomebodyElse() {
    nomad.put(new ServingJob("serve-digits", "default", 0, 99, false, "Digits", "3", ""));
    assertThat(refused(() -> deployer().begin(wish("4"), "")))
        .hasMessageContaining("serve-digits serves model Digits");
  }

  @Test
  void refusesWhatCanNeverBePlaced() {
    nomad.forecast(
        new Forecast(
            Forecast.Verdict.NEVER,
            null,
            List.of("all 2 nodes: serving 0.1.0 is not laid there"),
            List.of(),
            List.of("hint: lay it")));
    SchedulerFailure failure = refused(() -> deployer().begin(wish("4"), ""));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.NEVER_PLACED);
    assertThat(failure).hasMessageContaining("serving 0.1.0 is not laid there");
    assertThat(failure.hint()).isEqualTo("lay it");
    assertThat(platform.records()).isEmpty();
  }

  @Test
  void refusesGatesThatNobodyCanMeasure() {
    deploy(wish("4"));
    platform.prometheus = false;
    SchedulerFailure failure = refused(() -> deployer().begin(wish("5", "requests>=5"), ""));
    assertThat(failure).hasMessageContaining("need Prometheus");
    assertThat(failure.hint()).contains("--prometheus");
    assertThat(nomad.requests()).hasSize(1);
  }

  @Test
  void refusesAGoldenSetThatIsNotThereBeforeAnythingStarts() {
    SchedulerFailure failure = refused(() -> deployer().begin(golden("4", "none.csv"), ""));
    assertThat(failure).hasMessageContaining("can't read the golden set none.csv");
    assertThat(platform.records()).isEmpty();
  }

  @Test
  void rollbackGoesToWhatRanBeforeAndFurtherBackTheNextTime() {
    deploy(wish("3"));
    deploy(wish("4"));
    deploy(wish("5"));
    Deployment back = deployer().follow(deployer().rollback("digits", null, false, "slow"));
    assertThat(back.kind()).isEqualTo(Kind.ROLLBACK);
    assertThat(back.state()).isEqualTo(State.PROMOTED);
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("4");
    assertThat(platform.aliases).containsEntry("champion", "4");
    deployer().follow(deployer().rollback("digits", null, true, ""));
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("3");
    assertThat(nomad.requests().get(4).wish().settings().canary()).isZero();
    assertThat(refused(() -> deployer().rollback("digits", null, false, "")))
        .hasMessageContaining("no version of digits was deployed before");
    deployer().follow(deployer().rollback("digits", "5", false, ""));
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("5");
  }

  @Test
  void rollbackPassesOverWhatFailed() {
    deploy(wish("3"));
    nomad.crashing("4");
    deploy(wish("4"));
    deploy(wish("5"));
    deployer().follow(deployer().rollback("digits", null, false, ""));
    assertThat(nomad.current("").orElseThrow().modelVersion()).isEqualTo("3");
    assertThat(refused(() -> deployer().rollback("digits", "4", false, "")))
        .hasMessageContaining("version 4 of digits was never deployed");
  }

  @Test
  void stopEndsTheServiceAndIsWrittenDown() {
    deploy(wish("4"));
    deployer().stop("digits", "no budget");
    assertThat(nomad.current("").orElseThrow().stopped()).isTrue();
    assertThat(platform.weights).isEmpty();
    Deployment last = deployer().history("digits", 1).get(0);
    assertThat(last.kind()).isEqualTo(Kind.STOP);
    assertThat(last.last().why()).isEqualTo("no budget");
    assertThat(refused(() -> deployer().stop("digits", ""))).hasMessageContaining("is not served");
  }

  @Test
  void stopEndsWhatIsUnderWayToo() {
    deploy(wish("4"));
    waiting(approved("5", "2h"));
    deployer().stop("digits", "");
    assertThat(platform.records().get(1).state()).isEqualTo(State.FAILED);
    assertThat(platform.records().get(1).last().why()).isEqualTo("the job was stopped");
  }

  @Test
  void afterAStopThereIsNothingToStandBeside() {
    deploy(wish("4"));
    deployer().stop("digits", "");
    Deployment again = deploy(wish("5", "p95<=1.2x"));
    assertThat(again.state()).isEqualTo(State.PROMOTED);
    assertThat(again.previous()).isNull();
  }

  private Deployment deploy(Wish wish) {
    clock.advance(Duration.ofMinutes(1));
    Deployer deployer = deployer();
    return deployer.follow(deployer.begin(wish, "because"));
  }

  /** Until it waits for a human: the command that waits is killed there. */
  private Deployment waiting(Wish wish) {
    clock.advance(Duration.ofMinutes(1));
    nomad.later(
        () ->
            nomad.later(
                () -> {
                  throw new Killed();
                }));
    Deployer deployer = deployer();
    try {
      return deployer.follow(deployer.begin(wish, ""));
    } catch (Killed e) {
      return platform.records().get(platform.records().size() - 1);
    }
  }

  private Deployer deployer() {
    return new Deployer(platform.ports(), clock, said::add);
  }

  private static SchedulerFailure refused(ThrowingCallable c) {
    return catchThrowableOfType(SchedulerFailure.class, c);
  }

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }
}
