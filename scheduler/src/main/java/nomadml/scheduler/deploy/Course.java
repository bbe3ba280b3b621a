package nomadml.scheduler.deploy;

import java.time.Instant;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.Next.Kind;

/**
 * What comes next, from nothing but what Nomad and the log say: who was killed, and who types it on
 * another machine, goes on from there.
 */
final class Course {
  private Course() {}

  static Next of(Situation situation, Instant now) {
    Deployment deployment = situation.deployment();
    if (deployment.state().isOver()) {
      return Next.of(Kind.NOTHING);
    }
    boolean isUnwanted =
        deployment.state() == State.FAILING || deployment.state() == State.REJECTING;
    if (situation.own().isEmpty()) {
      boolean wasThere = deployment.step(Steps.REGISTERED).isPresent();
      return isUnwanted || wasThere
          ? Next.giveUp(wasThere ? "its job is gone" : "it was not registered yet")
          : Next.of(Kind.REGISTER);
    }
    if (situation.current().map(ServingJob::stopped).orElse(true)) {
      return Next.giveUp("the job was stopped");
    }
    boolean isReplaced = !situation.current().get().deployment().equals(deployment.id());
    if (situation.rollout().isEmpty()) {
      return isReplaced ? Next.giveUp("another job took its place") : Next.of(Kind.WAIT);
    }
    Rollout rollout = situation.rollout().get();
    if (rollout.status() == Rollout.Status.FAILED) {
      return Next.giveUp("Nomad says: " + rollout.description());
    }
    if (isReplaced) {
      return Next.giveUp("another job took its place");
    }
    if (isUnwanted && !rollout.promoted()) {
      return Next.of(Kind.TAKE_BACK);
    }
    if (rollout.status() == Rollout.Status.RUNNING
        && rollout.unhealthy() > 0
        && !rollout.promoted()) {
      return Next.of(Kind.CONDEMN);
    }
    if (rollout.waitsForPromotion()) {
      return rollout.canariesAreHealthy() ? judged(deployment, rollout, now) : Next.of(Kind.WAIT);
    }
    if (rollout.status() == Rollout.Status.RUNNING) {
      return Next.of(Kind.WAIT);
    }
    return rollout.canaries() == 0 ? judged(deployment, rollout, now) : Next.of(Kind.FINISH);
  }

  private static Next judged(Deployment deployment, Rollout rollout, Instant now) {
    return switch (deployment.state()) {
      case STARTED -> Next.of(Kind.JUDGE);
      case WAITING ->
          deployment.deadline().filter(now::isAfter).isPresent()
              ? Next.of(Kind.EXPIRE)
              : Next.of(Kind.WAIT);
      default -> Next.of(rollout.waitsForPromotion() ? Kind.PROMOTE : Kind.FINISH);
    };
  }
}
