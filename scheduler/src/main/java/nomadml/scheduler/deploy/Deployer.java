package nomadml.scheduler.deploy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment.Kind;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.DeploymentLog.Entry;
import nomadml.scheduler.submit.Forecast;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/**
 * Begins deployments. Killed at any moment and called again with the same wish, it goes on with the
 * one that is under way: never a second one.
 */
public final class Deployer {
  private static final int RECENT = 50;

  private final Ports ports;
  private final Clock clock;
  private final Talk talk;
  private final Ledger ledger;
  private final Journey journey;

  public Deployer(Ports ports, Clock clock, Talk talk) {
    this.ports = ports;
    this.clock = clock;
    this.talk = talk;
    ledger = new Ledger(ports, clock, talk);
    journey = new Journey(ports, ledger, clock, talk);
  }

  /** The version that is meant, and its digest, which becomes a tag of it. */
  public ModelVersion resolve(ModelReference reference) {
    return ports.registry().version(reference);
  }

  public String digest(ModelVersion version) {
    return new Digests(ports.registry()).of(version);
  }

  /** The request as it would be sent, under an id that stands for one not made yet. */
  public ServingRequest preview(Wish wish) {
    return request(wish, "0".repeat(8), Instant.EPOCH);
  }

  private ServingRequest request(Wish wish, String id, Instant at) {
    ModelVersion version = new ModelVersion(wish.model(), wish.version(), "", "", Map.of());
    return new ServingRequest(wish, id, ports.user(), at, ports.registry().link(version));
  }

  /** The deployment of a wish: a new one, or the one under way or done that is the same. */
  public Deployment begin(Wish wish, String why) {
    return begin(wish, Kind.DEPLOY, null, why);
  }

  private Deployment begin(Wish wish, Kind kind, @Nullable String restores, String why) {
    Optional<Deployment> open = open(wish.model());
    if (open.isPresent()) {
      Deployment underWay = open.get();
      if (!underWay.wish().equals(wish) || underWay.kind() != kind) {
        throw underWay(underWay);
      }
      talk.say("goes on with deployment " + underWay.id());
      return underWay;
    }
    Optional<ServingJob> current = ports.serving().current(wish.service());
    Optional<ServingJob> living = current.filter(job -> !job.stopped());
    living.ifPresent(job -> refuseAnother(job, wish));
    Optional<Deployment> done = running(wish.model(), living);
    if (kind == Kind.DEPLOY && done.filter(same -> same.wish().equals(wish)).isPresent()) {
      talk.say(wish.model() + "/" + wish.version() + " runs like that already");
      journey.moveAlias(done.get());
      return done.get();
    }
    check(wish, living.isPresent());
    plan(wish);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Deployment fresh =
        new Deployment(
            id(now),
            kind,
            wish,
            living.map(ServingJob::modelVersion).orElse(null),
            restores,
            current.map(ServingJob::index).orElse(0L),
            now,
            State.STARTED,
            List.of(ledger.step(Steps.WISHED, why, List.of())));
    return ledger.open(fresh);
  }

  private static String id(Instant now) {
    return now.toString().replaceAll("[^0-9]", "").substring(0, 14)
        + "-"
        + UUID.randomUUID().toString().substring(0, 4);
  }

  private static void refuseAnother(ServingJob job, Wish wish) {
    if (!job.model().equals(wish.model())) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the job "
              + job.id()
              + (job.model().isEmpty() ? " is not of a model" : " serves model " + job.model()),
          "a model of another name gets a job of its own");
    }
  }

  /** What would only be found out after the canary has started. */
  private void check(Wish wish, boolean isRunning) {
    boolean asks = wish.conditions().stream().anyMatch(Gate::isAboutRequests);
    if (asks && isRunning && ports.measurements().isEmpty()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "gates about requests need Prometheus, and none is known",
          "--prometheus URL names it, NOMAD_ML_PROMETHEUS, prometheus: of a context, or the service"
              + " prometheus of Consul");
    }
    if (wish.golden() != null) {
      new Exam(ports).read(wish);
    }
    for (String name : wish.tell()) {
      if (ports.announcer().filter(announcer -> announcer.knows(name)).isEmpty()) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            "no address is known for --notify " + name,
            "NOMAD_ML_NOTIFY names a file of lines name=address");
      }
    }
  }

  private void plan(Wish wish) {
    Forecast forecast = ports.serving().plan(preview(wish));
    if (forecast.verdict() == Forecast.Verdict.NEVER) {
      throw new SchedulerFailure(
          ExitCode.NEVER_PLACED,
          wish.service()
              + " can never be placed on "
              + ports.serving().name()
              + ": "
              + String.join("; ", forecast.reasons()),
          forecast.hint().orElse(null));
    }
    forecast.remarks().forEach(remark -> talk.say("note: " + remark));
    if (forecast.verdict() == Forecast.Verdict.WAITS) {
      forecast.reasons().forEach(reason -> talk.say("it waits: " + reason));
    }
  }

  /** Registers it, if it is not yet. */
  public Deployment register(Deployment deployment) {
    return journey.until(deployment, kind -> kind != Next.Kind.REGISTER);
  }

  /** Goes with a deployment to its end. */
  public Deployment follow(Deployment deployment) {
    return journey.until(deployment, kind -> kind == Next.Kind.NOTHING);
  }

  /** A human's yes, by Nomad's own call with the human's token. */
  public Deployment promote(String model, String why, boolean unjudged) {
    Deployment open = needOpen(model, "promote");
    Situation situation = Situation.read(ports.serving(), open);
    Rollout rollout = situation.rollout().orElseThrow(() -> notReady(open));
    if (open.state() != State.WAITING && !(unjudged && open.state() == State.STARTED)) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "deployment " + open.id() + " of " + model + " waits for no approval: " + words(open),
          "submit-job deploy status " + model + " shows it; --force does not wait for its gates");
    }
    if (open.deadline().filter(clock.instant()::isAfter).isPresent()) {
      throw new SchedulerFailure(
          ExitCode.TIME_LIMIT,
          "deployment " + open.id() + " was to be approved until " + open.deadline().get(),
          "deploy it again");
    }
    if (rollout.waitsForPromotion()) {
      if (!rollout.canariesAreHealthy()) {
        throw notReady(open);
      }
      ports.serving().promote(rollout);
    } else {
      ports.serving().mark(situation.own().orElseThrow(), true);
    }
    ledger.note(
        open,
        ledger.step(Steps.APPROVED, why, List.of()),
        State.APPROVED,
        now -> !now.state().isOver());
    return follow(open);
  }

  private static SchedulerFailure notReady(Deployment open) {
    return new SchedulerFailure(
        ExitCode.USAGE,
        "deployment " + open.id() + " can't be promoted: its servers are not healthy yet",
        "submit-job deploy status " + open.wish().model() + " shows them");
  }

  /** A human's no. */
  public Deployment reject(String model, String why) {
    Deployment open = needOpen(model, "reject");
    ledger.note(
        open,
        ledger.step(Steps.REJECTED, why, List.of()),
        State.REJECTING,
        now -> !now.state().isOver());
    return follow(open);
  }

  /**
   * Back to the version that ran before the one that runs, as the log says.
   *
   * @param version null for the last one whose deployment succeeded
   */
  public Deployment rollback(String model, @Nullable String version, boolean atOnce, String why) {
    List<Deployment> history = history(model, RECENT);
    Optional<ServingJob> living =
        ports.serving().current(ModelReference.service(model)).filter(job -> !job.stopped());
    Deployment target =
        Rollbacks.target(history, living.map(ServingJob::deployment).orElse(""), version)
            .orElseThrow(
                () ->
                    new SchedulerFailure(
                        ExitCode.USAGE,
                        version == null
                            ? "no version of " + model + " was deployed before the one that runs"
                            : "version " + version + " of " + model + " was never deployed here",
                        "submit-job deploy history " + model + " shows what was"));
    return begin(target.wish().again(atOnce), Kind.ROLLBACK, target.id(), why);
  }

  /** Ends the service. */
  public void stop(String model, String why) {
    String service = ModelReference.service(model);
    Optional<ServingJob> living = ports.serving().current(service).filter(job -> !job.stopped());
    ServingJob job =
        living.orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.USAGE,
                    model + " is not served by " + ports.serving().name(),
                    "submit-job deploy " + model + "/VERSION serves it"));
    Optional<Deployment> made = running(model, living);
    ports.serving().stop(job);
    ports.weights().ifPresent(weights -> weights.remove(service));
    open(model).ifPresent(this::follow);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    made.ifPresent(
        last ->
            ledger.open(
                new Deployment(
                    id(now),
                    Kind.STOP,
                    last.wish(),
                    job.modelVersion(),
                    null,
                    job.index(),
                    now,
                    State.STOPPED,
                    List.of(ledger.step(Steps.STOPPED, why, List.of())))));
  }

  /** The deployments of a model, the newest first; what ended meanwhile is ended here too. */
  public List<Deployment> history(String model, int limit) {
    open(model);
    return ports.log().newest(model, limit).stream().map(Entry::deployment).toList();
  }

  /** What is under way, after what has ended in Nomad is written down. */
  public Optional<Deployment> open(String model) {
    return ports.log().newest(model, RECENT).stream()
        .map(Entry::deployment)
        .filter(deployment -> !deployment.state().isOver())
        .findFirst()
        .map(journey::settle)
        .filter(deployment -> !deployment.state().isOver());
  }

  private Deployment needOpen(String model, String verb) {
    return open(model)
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.USAGE,
                    "there is nothing to " + verb + ": no deployment of " + model + " is under way",
                    "submit-job deploy history " + model + " shows what was"));
  }

  private Optional<Deployment> running(String model, Optional<ServingJob> living) {
    return living
        .filter(job -> !job.deployment().isEmpty())
        .flatMap(job -> ports.log().entry(model, job.deployment()))
        .map(Entry::deployment);
  }

  private static SchedulerFailure underWay(Deployment open) {
    String model = open.wish().model();
    return new SchedulerFailure(
        ExitCode.USAGE,
        "deployment %s of %s/%s is under way: %s"
            .formatted(open.id(), model, open.wish().version(), words(open)),
        "submit-job deploy promote %1$s, or submit-job deploy reject %1$s".formatted(model));
  }

  /** Where it stands. */
  static String words(Deployment deployment) {
    return deployment.state().name().toLowerCase(Locale.ROOT)
        + " ("
        + deployment.last().what()
        + ")";
  }

  /** How long a look at what changes takes at most. */
  static final Duration LOOK = Duration.ofSeconds(2);
}
