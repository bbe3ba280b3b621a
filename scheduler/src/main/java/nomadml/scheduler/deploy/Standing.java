package nomadml.scheduler.deploy;

import nomadml.scheduler.deploy.Deployment.State;

/** Where a deployment stands, in a line. */
final class Standing {
  private Standing() {}

  static String words(Situation situation) {
    if (situation.deployment().state() == State.WAITING) {
      return "waits for approval until "
          + situation.deployment().deadline().map(Object::toString).orElse("");
    }
    return situation.rollout().map(Standing::words).orElse("waits for Nomad");
  }

  private static String words(Rollout rollout) {
    return rollout.waitsForPromotion()
        ? "canaries: %d of %d healthy".formatted(rollout.healthy(), rollout.canaries())
        : "servers: %d of %d healthy".formatted(rollout.healthy(), rollout.wanted());
  }
}
