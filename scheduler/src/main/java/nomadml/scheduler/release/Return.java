package nomadml.scheduler.release;

import java.time.Clock;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.DeploymentLog;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.deploy.ServingJob;
import nomadml.scheduler.release.Stage.State;
import nomadml.spec.ExitCode;

/** The way back of a release that has ended, the last stage first; written down as it goes. */
record Return(Environments environments, Clock clock, Progress progress) {
  private static final String STOPPED = "nothing ran before it: it is stopped";

  /** Empty when there is nothing left to take back. */
  Optional<Release> step(Release release) {
    int at = -1;
    for (int i = 0; i < release.stages().size(); i++) {
      State state = release.stages().get(i).state();
      at = state == State.DONE || state == State.REVERTING ? i : at;
    }
    if (at < 0) {
      return Optional.empty();
    }
    Stage stage = release.stages().get(at);
    Stage next =
        stage.state() == State.DONE
            ? stage.turned(State.REVERTING, stage.why())
            : reverted(release, stage);
    if (next.state() != State.REVERTING) {
      progress.say(stage.context() + ": " + next.why());
    }
    return Optional.of(release.with(at, next, release.state()));
  }

  private Stage reverted(Release release, Stage stage) {
    Ports ports = environments.ports(stage.context());
    Deployer deployer = new Deployer(ports, clock, progress.stage(stage.context()));
    String model = release.model();
    Optional<Deployment> ours =
        ports
            .log()
            .entry(model, stage.deployment() + "")
            .map(DeploymentLog.Entry::deployment)
            .filter(one -> Passage.isMarked(one, release));
    if (ours.isEmpty()) {
      return stage.turned(State.KEPT, "left as it is: it ran there before this release");
    }
    Optional<ServingJob> job =
        ports
            .serving()
            .current(ModelReference.service(model))
            .filter(one -> one.deployment().equals(ours.get().id()));
    try {
      Optional<Deployment> begun = begun(deployer, release);
      if (begun.isEmpty() && job.isEmpty()) {
        return stage.turned(State.KEPT, "left as it is: another deployment took its place");
      }
      if (begun.isEmpty() && job.get().stopped()) {
        return stage.turned(State.REVERTED, STOPPED);
      }
      if (begun.isEmpty() && ours.get().previous() == null) {
        deployer.stop(model, release.mark());
        return stage.turned(State.REVERTED, STOPPED);
      }
      Deployment over =
          begun
              .map(deployer::follow)
              .orElseGet(
                  () -> deployer.follow(deployer.rollback(model, null, false, release.mark())));
      return switch (over.state()) {
        case PROMOTED ->
            stage.turned(State.REVERTED, "went back to version " + over.wish().version());
        case STOPPED -> stage.turned(State.REVERTED, STOPPED);
        default -> stage.turned(State.KEPT, "the way back did not hold: " + over.last().why());
      };
    } catch (SchedulerFailure e) {
      if (e.exitCode() == ExitCode.SERVER_UNREACHABLE) {
        throw e;
      }
      return stage.turned(State.KEPT, "left as it is: " + e.getMessage());
    }
  }

  /** What a command that was killed has begun. */
  private static Optional<Deployment> begun(Deployer deployer, Release release) {
    return deployer.history(release.model(), 1).stream()
        .filter(one -> one.kind() != Deployment.Kind.DEPLOY && Passage.isMarked(one, release))
        .findFirst();
  }
}
