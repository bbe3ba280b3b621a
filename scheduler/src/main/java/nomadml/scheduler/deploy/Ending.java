package nomadml.scheduler.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.Deployment.Step;

/** The last steps of a deployment; each may be done twice, and by two at once. */
final class Ending {
  private final Ports ports;
  private final Ledger ledger;
  private final Talk talk;

  Ending(Ports ports, Ledger ledger, Talk talk) {
    this.ports = ports;
    this.ledger = ledger;
    this.talk = talk;
  }

  /** Nomad has promoted it: only now the alias moves. */
  void finish(Situation situation) {
    Deployment deployment = situation.deployment();
    if (situation.isFirst() && deployment.wish().approve() != null) {
      situation.own().ifPresent(job -> ports.serving().mark(job, true));
    }
    moveAlias(deployment);
    Optional<Deployment> over =
        ledger.note(
            deployment,
            ledger.step(Steps.PROMOTED, why(deployment), measured(deployment)),
            State.PROMOTED,
            seen -> !seen.state().isOver());
    over.ifPresent(promoted -> announce("promoted", promoted));
  }

  private static String why(Deployment deployment) {
    return deployment.step(Steps.APPROVED).map(step -> "approved by " + step.by()).orElse("");
  }

  private static List<String> measured(Deployment deployment) {
    return deployment
        .step(Steps.HELD)
        .or(() -> deployment.step(Steps.WAITING))
        .map(Step::measured)
        .orElse(List.of());
  }

  void moveAlias(Deployment deployment) {
    Wish wish = deployment.wish();
    if (wish.alias().isEmpty()
        || ports
            .registry()
            .alias(wish.model(), wish.alias())
            .filter(wish.version()::equals)
            .isPresent()) {
      return;
    }
    ports.registry().setAlias(wish.model(), wish.alias(), wish.version());
    talk.say("%s@%s is version %s now".formatted(wish.model(), wish.alias(), wish.version()));
  }

  /** It came to nothing. */
  void giveUp(Situation situation, String why) {
    Deployment deployment = situation.deployment();
    boolean isRejected = deployment.state() == State.REJECTING;
    Step last = deployment.last();
    boolean isDecided = isRejected || deployment.state() == State.FAILING;
    List<String> evidence = isDecided ? last.measured() : evidence(situation);
    String reason = isDecided ? reason(deployment, last) : why;
    Optional<Deployment> over =
        ledger.note(
            deployment,
            ledger.step(Steps.FAILED, reason, evidence),
            isRejected ? State.REJECTED : State.FAILED,
            seen -> Ledger.isSame(seen, deployment));
    over.ifPresent(
        failed -> {
          talk.quote(isDecided ? List.of() : evidence);
          announce(isRejected ? "rejected" : "failed", failed);
        });
  }

  /** What speaks against its servers: what happened to them, and what they wrote last. */
  List<String> evidence(Situation situation) {
    List<Replica> ill = situation.ours().stream().filter(Changes::isIll).toList();
    List<String> evidence = new ArrayList<>();
    for (Replica replica : ill.subList(Math.max(0, ill.size() - 2), ill.size())) {
      evidence.addAll(Changes.evidence(replica));
      for (String line : ports.serving().lastLines(replica)) {
        evidence.add(Changes.name(replica) + " wrote: " + line);
      }
    }
    return evidence;
  }

  private static String reason(Deployment deployment, Step last) {
    String by = deployment.step(Steps.REJECTED).map(step -> "rejected by " + step.by()).orElse("");
    return by.isEmpty() ? last.why() : last.why().isEmpty() ? by : by + ": " + last.why();
  }

  /** Tells everybody who is not told yet. */
  void announce(String event, Deployment deployment) {
    for (String name : deployment.wish().tell()) {
      String told = Steps.TOLD + name + " " + event;
      Optional<Announcer> announcer = ports.announcer().filter(known -> known.knows(name));
      if (announcer.isEmpty()) {
        talk.say("note: " + name + " is not told: NOMAD_ML_NOTIFY knows no such address here");
        continue;
      }
      try {
        announcer
            .get()
            .tell(
                name,
                new Announcement(
                    event, deployment, ports.serving().link(deployment.wish().service())));
        ledger.once(deployment, told, "", List.of());
      } catch (SchedulerFailure e) {
        talk.say("note: " + name + " is not told: " + e.getMessage());
      }
    }
  }
}
