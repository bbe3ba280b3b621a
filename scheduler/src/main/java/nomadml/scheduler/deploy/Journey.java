package nomadml.scheduler.deploy;

import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.DeploymentLog.Entry;
import nomadml.spec.ExitCode;

/** Does what comes next, again and again, until a deployment is where it is to be. */
final class Journey {
  private final Ports ports;
  private final Ledger ledger;
  private final Ending ending;
  private final Judge judge;
  private final Clock clock;
  private final Talk talk;

  Journey(Ports ports, Ledger ledger, Clock clock, Talk talk) {
    this.ports = ports;
    this.ledger = ledger;
    this.clock = clock;
    this.talk = talk;
    ending = new Ending(ports, ledger, talk);
    judge = new Judge(ports, ledger, clock);
  }

  /** Goes on until what comes next is as wanted. */
  Deployment until(Deployment from, Predicate<Next.Kind> isThere) {
    String service = from.wish().service();
    List<Replica> seen = List.of();
    long since = 0;
    while (true) {
      Deployment deployment = now(from);
      Situation situation = Situation.read(ports.serving(), deployment);
      Next next = Course.of(situation, clock.instant());
      if (isThere.test(next.kind()) || next.kind() == Next.Kind.NOTHING) {
        return deployment;
      }
      Changes.between(seen, situation.ours()).forEach(talk::say);
      seen = situation.ours();
      if (!isDone(next, situation)) {
        since = ports.serving().watch(service, since, Deployer.LOOK);
      }
    }
  }

  /** Writes down how it ended, when it has; promotes nothing and takes nothing back. */
  Deployment settle(Deployment open) {
    Situation situation = Situation.read(ports.serving(), open);
    Next next = Course.of(situation, clock.instant());
    try {
      if (next.kind() == Next.Kind.FINISH) {
        ending.finish(situation);
      } else if (next.kind() == Next.Kind.GIVE_UP) {
        ending.giveUp(situation, next.why());
      }
    } catch (DeniedFailure e) {
      talk.say("note: how it ended is not written down: " + e.getMessage());
    }
    return now(open);
  }

  void moveAlias(Deployment deployment) {
    ending.moveAlias(deployment);
  }

  private Deployment now(Deployment deployment) {
    return ports
        .log()
        .entry(deployment.wish().model(), deployment.id())
        .map(Entry::deployment)
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.CANCELLED,
                    "the record of deployment " + deployment.id() + " is gone",
                    "submit-job deploy status " + deployment.wish().model()));
  }

  /** False when only time helps. */
  private boolean isDone(Next next, Situation situation) {
    Deployment deployment = situation.deployment();
    switch (next.kind()) {
      case REGISTER -> register(deployment);
      case JUDGE -> {
        return isJudged(situation);
      }
      case PROMOTE -> {
        ports.serving().promote(situation.rollout().orElseThrow());
        talk.say("promoted: the other servers follow");
      }
      case EXPIRE ->
          ledger.note(
              deployment,
              ledger.step(
                  Steps.EXPIRED,
                  "nobody approved within " + deployment.wish().approve(),
                  List.of()),
              State.REJECTING,
              seen -> Ledger.isSame(seen, deployment));
      case CONDEMN -> {
        List<String> evidence = ending.evidence(situation);
        talk.quote(evidence);
        ledger.note(
            deployment,
            ledger.step(Steps.NOT_HEALTHY, "a server did not become healthy", evidence),
            State.FAILING,
            seen -> Ledger.isSame(seen, deployment));
      }
      case TAKE_BACK -> takeBack(situation);
      case FINISH -> ending.finish(situation);
      case GIVE_UP -> ending.giveUp(situation, next.why());
      default -> {
        talk.stand(Standing.words(situation));
        return false;
      }
    }
    return true;
  }

  private void register(Deployment deployment) {
    Wish wish = deployment.wish();
    ports
        .weights()
        .ifPresent(weights -> weights.set(wish.service(), wish.settings().canaryWeight()));
    ServingRequest request =
        new ServingRequest(
            wish,
            deployment.id(),
            ports.user(),
            deployment.created().truncatedTo(ChronoUnit.SECONDS),
            ports
                .registry()
                .link(new ModelVersion(wish.model(), wish.version(), "", "", Map.of())));
    boolean isOurs = ports.serving().register(request, deployment.replaces());
    if (!isOurs && ports.serving().registered(wish.service(), deployment.id()).isEmpty()) {
      ledger.note(
          deployment,
          ledger.step(Steps.NOT_HELD, "the job has changed since it was planned", List.of()),
          State.FAILING,
          seen -> Ledger.isSame(seen, deployment));
      return;
    }
    ledger.once(deployment, Steps.REGISTERED, "", List.of());
    talk.say(
        "registered %s with %s/%s on %s"
            .formatted(wish.service(), wish.model(), wish.version(), ports.serving().name()));
  }

  private boolean isJudged(Situation situation) {
    Deployment deployment = situation.deployment();
    Judge.Verdict verdict = judge.judge(situation);
    switch (verdict.kind()) {
      case HELD -> held(situation, verdict.lines());
      case NOT_HELD -> {
        verdict.lines().forEach(talk::say);
        ledger.note(
            deployment,
            ledger.step(Steps.NOT_HELD, verdict.words(), verdict.lines()),
            State.FAILING,
            seen -> Ledger.isSame(seen, deployment));
      }
      case NOT_YET -> {
        talk.stand("gates: " + verdict.words());
        return false;
      }
    }
    return true;
  }

  private void held(Situation situation, List<String> lines) {
    Deployment deployment = situation.deployment();
    Wish wish = deployment.wish();
    lines.forEach(talk::say);
    if (wish.approve() == null) {
      ledger.note(
          deployment,
          ledger.step(Steps.HELD, wish.gates().isEmpty() ? "there are none" : "", lines),
          State.APPROVED,
          seen -> Ledger.isSame(seen, deployment));
      return;
    }
    if (situation.isFirst()) {
      // Nomad takes it for good already, and would come back to it.
      situation.own().ifPresent(job -> ports.serving().mark(job, false));
    }
    ledger
        .note(
            deployment,
            ledger.step(Steps.WAITING, "", lines),
            State.WAITING,
            seen -> Ledger.isSame(seen, deployment))
        .ifPresent(
            waiting -> {
              talk.say("waits for approval until " + waiting.deadline().orElseThrow());
              talk.say("  hint: submit-job deploy promote " + wish.model());
              ending.announce("waiting", waiting);
            });
  }

  private void takeBack(Situation situation) {
    Rollout rollout = situation.rollout().orElseThrow();
    talk.say("taken back: " + situation.deployment().last().why());
    if (rollout.status() == Rollout.Status.RUNNING) {
      ports.serving().fail(rollout);
    }
    if (!situation.isFirst()) {
      return;
    }
    situation
        .own()
        .ifPresent(
            job -> {
              ports.serving().mark(job, false);
              ports.serving().stop(job);
            });
  }
}
