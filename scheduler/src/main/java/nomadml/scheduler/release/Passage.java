package nomadml.scheduler.release;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.DeploymentLog;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.deploy.Steps;
import nomadml.scheduler.deploy.Wish;
import nomadml.scheduler.release.Stage.State;
import nomadml.spec.ExitCode;

/** What comes next of a release that is under way: one effect, and how it is to be written down. */
record Passage(Environments environments, Clock clock, Progress progress) {
  private static final int RECENT = 50;

  Release step(Release release) {
    int at = release.first(stage -> stage.state() != State.DONE);
    if (at < 0) {
      return release.with(Release.State.RELEASED);
    }
    Stage stage = release.stages().get(at);
    if (stage.state() == State.PENDING) {
      progress.say(
          "stage %d of %d: %s".formatted(at + 1, release.stages().size(), stage.context()));
      return release.with(at, stage.begun(clock.instant()), release.state());
    }
    return stage.deployment() == null ? deploy(release, at) : follow(release, at);
  }

  /** Deploys it there, unless a command that was killed did. */
  private Release deploy(Release release, int at) {
    Stage stage = release.stages().get(at);
    Ports ports = environments.ports(stage.context());
    String place = ports.serving().link(ModelReference.service(release.model())).toString();
    Optional<Deployment> made = made(ports, release);
    if (made.isPresent()) {
      return release.with(at, stage.at(place, made.get().id()), release.state());
    }
    try {
      checkPlace(release, stage, place);
      Deployer deployer = new Deployer(ports, clock, progress.stage(stage.context()));
      Wish wish = wish(release, at, deployer);
      String why = release.why().isEmpty() ? "" : ": " + release.why();
      Deployment deployment = deployer.begin(wish, release.mark() + why);
      return release.with(at, stage.at(place, deployment.id()), release.state());
    } catch (SchedulerFailure e) {
      if (e.exitCode() != ExitCode.USAGE && e.exitCode() != ExitCode.NEVER_PLACED) {
        throw e;
      }
      String hint = e.hint() == null ? "" : " (" + e.hint() + ")";
      return ended(release, at, State.REFUSED, e.getMessage() + hint, List.of());
    }
  }

  /** The deployment of a release in one of its stages, found by its mark. */
  static Optional<Deployment> made(Ports ports, Release release) {
    return ports.log().newest(release.model(), RECENT).stream()
        .map(DeploymentLog.Entry::deployment)
        .filter(one -> one.kind() == Deployment.Kind.DEPLOY && isMarked(one, release))
        .findFirst();
  }

  /** Whether a release is why there is a deployment. */
  static boolean isMarked(Deployment deployment, Release release) {
    String why = deployment.steps().get(0).why();
    return why.equals(release.mark()) || why.startsWith(release.mark() + ": ");
  }

  private static void checkPlace(Release release, Stage stage, String place) {
    for (Stage other : release.stages()) {
      if (!other.context().equals(stage.context()) && other.place().equals(place)) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            "contexts " + other.context() + " and " + stage.context() + " are the same place",
            "give each a cluster or a namespace of its own in config.yaml");
      }
    }
  }

  private Wish wish(Release release, int at, Deployer deployer) {
    ModelVersion version =
        deployer.resolve(new ModelReference(release.model(), release.version(), null));
    String digest = deployer.digest(version);
    if (!digest.equals(release.digest())) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "%s is another model there: its digest is %s, and %s is released"
              .formatted(version, digest, release.digest()),
          "register the same files under the same version");
    }
    Stage stage = release.stages().get(at);
    boolean isLast = at == release.stages().size() - 1;
    return environments.wish(stage.plan(), isLast, version, digest);
  }

  private Release follow(Release release, int at) {
    Stage stage = release.stages().get(at);
    Ports ports = environments.ports(stage.context());
    Optional<Deployment> known =
        ports.log().entry(release.model(), stage.deployment() + "").map(one -> one.deployment());
    if (known.isEmpty()) {
      return ended(release, at, State.CANCELLED, "the record of its deployment is gone", List.of());
    }
    Deployment over =
        new Deployer(ports, clock, progress.stage(stage.context())).follow(known.get());
    State state = state(over);
    String evidence =
        state == State.DONE || over.last().measured().isEmpty()
            ? ""
            : "\n" + String.join("\n", over.last().measured());
    return ended(release, at, state, over.last().why() + evidence, Check.of(over));
  }

  private static State state(Deployment over) {
    boolean isLate = over.steps().stream().anyMatch(step -> step.what().equals(Steps.EXPIRED));
    return switch (over.state()) {
      case PROMOTED -> State.DONE;
      case REJECTED -> isLate ? State.EXPIRED : State.REJECTED;
      case STOPPED -> State.CANCELLED;
      default -> State.REFUSED;
    };
  }

  private Release ended(Release release, int at, State state, String why, List<Check> checks) {
    Instant now = clock.instant();
    Stage stage = release.stages().get(at).ended(state, now, why, checks);
    progress.say(
        stage.context()
            + ": "
            + (state == State.DONE
                ? "serves " + release.model() + "/" + release.version()
                : "not released: " + stage.brief()));
    return release.with(
        at,
        stage,
        switch (state) {
          case DONE -> Release.State.RUNNING;
          case REJECTED -> Release.State.REJECTED;
          case EXPIRED -> Release.State.EXPIRED;
          case CANCELLED -> Release.State.CANCELLED;
          default -> Release.State.REFUSED;
        });
  }
}
