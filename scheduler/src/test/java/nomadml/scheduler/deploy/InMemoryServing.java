package nomadml.scheduler.deploy;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Forecast;
import org.jspecify.annotations.Nullable;

/** One job as Nomad keeps it: each wait lets it go on by a step. */
public final class InMemoryServing implements Serving {
  private final SettableClock clock;
  private final List<ServingJob> versions = new ArrayList<>();
  private final Map<Long, Rollout> rollouts = new LinkedHashMap<>();
  private final Map<Long, Integer> counts = new LinkedHashMap<>();
  private final Map<String, Replica> replicas = new LinkedHashMap<>();
  private final Set<Long> stable = new HashSet<>();
  private final List<ServingRequest> requests = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();
  private Forecast forecast =
      new Forecast(Forecast.Verdict.NOW, null, List.of(), List.of(), List.of());
  private String crashing = "";
  private boolean denies;
  private long index = 10;

  /** Where it is. */
  public String host = "nomad.test";

  /** Called after each change, as if the command was killed there. */
  public Runnable changed = () -> {};

  public InMemoryServing(SettableClock clock) {
    this.clock = clock;
  }

  /** Servers of this model version end at their start; Nomad would try for long. */
  public void crashing(String modelVersion) {
    crashing = modelVersion;
  }

  public void forecast(Forecast next) {
    forecast = next;
  }

  /** Whether it lets nobody promote. */
  public void denies(boolean now) {
    denies = now;
  }

  /** Happens at the next wait. */
  public void later(Runnable event) {
    later.add(event);
  }

  public List<ServingRequest> requests() {
    return List.copyOf(requests);
  }

  public Set<Long> stable() {
    return Set.copyOf(stable);
  }

  /** Somebody else registers a job of the same name. */
  public void put(ServingJob job) {
    versions.add(job);
  }

  @Override
  public String name() {
    return "a Nomad in memory";
  }

  @Override
  public Optional<String> caller() {
    return Optional.empty();
  }

  @Override
  public String render(ServingRequest request) {
    return "{\"Job\": \"" + request.wish().service() + "\"}";
  }

  @Override
  public Forecast plan(ServingRequest request) {
    return forecast;
  }

  @Override
  public Optional<ServingJob> current(String service) {
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
  }

  @Override
  public List<ServingJob> versions(String service) {
    return List.copyOf(versions);
  }

  @Override
  public boolean register(ServingRequest request, long expected) {
    Optional<ServingJob> before = current("");
    if (before.map(ServingJob::index).orElse(0L) != expected) {
      return false;
    }
    boolean first = before.map(ServingJob::stopped).orElse(true);
    Settings settings = request.wish().settings();
    ServingJob job = add(request.wish().service(), request.wish(), request.deployment());
    counts.put(job.version(), settings.count());
    int canaries = first ? 0 : settings.canary();
    int placed = first ? settings.count() : Math.max(1, canaries);
    for (int i = 0; i < placed; i++) {
      place(job, canaries > 0);
    }
    rollouts.put(
        job.version(),
        new Rollout(
            "rollout-" + job.version(),
            "default",
            job.version(),
            Rollout.Status.RUNNING,
            "",
            canaries,
            false,
            0,
            0,
            settings.count()));
    requests.add(request);
    changed.run();
    return true;
  }

  private ServingJob add(String service, Wish wish, String deployment) {
    ServingJob job =
        new ServingJob(
            service,
            "default",
            versions.size(),
            ++index,
            false,
            wish.model(),
            wish.version(),
            deployment);
    versions.add(job);
    return job;
  }

  private void place(ServingJob job, boolean canary) {
    String id = "%08d-0000-0000-0000-000000000000".formatted(replicas.size());
    replicas.put(
        id, replica(id, job.version(), canary, null, Allocation.Status.RUNNING, "run", List.of()));
  }

  private static Replica replica(
      String id,
      long version,
      boolean canary,
      @Nullable Boolean healthy,
      Allocation.Status status,
      String desired,
      List<Allocation.Event> events) {
    Allocation allocation =
        new Allocation(
            id,
            "serve",
            "default",
            "n",
            "node-1",
            status,
            desired,
            "",
            false,
            null,
            null,
            Instant.EPOCH,
            events);
    return new Replica(allocation, version, canary, healthy, "10.0.0.1:" + (20_000 + version));
  }

  @Override
  public Optional<Rollout> rollout(ServingJob job) {
    return Optional.ofNullable(rollouts.get(job.version()));
  }

  @Override
  public List<Replica> replicas(String service) {
    return List.copyOf(replicas.values());
  }

  @Override
  public void promote(Rollout rollout) {
    if (denies) {
      throw new DeniedFailure("a Nomad in memory denied to promote", "NOMAD_TOKEN", null);
    }
    rollouts.put(
        rollout.jobVersion(), changed(rollout, rollout.status(), "", true, rollout.healthy()));
    changed.run();
  }

  @Override
  public void fail(Rollout rollout) {
    end(rollout, "Deployment marked as failed");
    changed.run();
  }

  private void end(Rollout rollout, String description) {
    rollouts.put(
        rollout.jobVersion(),
        changed(rollout, Rollout.Status.FAILED, description, false, rollout.healthy()));
    retire(rollout.jobVersion());
    versions.stream()
        .filter(job -> stable.contains(job.version()) && !job.stopped())
        .reduce((one, other) -> other)
        .ifPresent(
            job -> {
              ServingJob copy =
                  new ServingJob(
                      job.id(),
                      job.namespace(),
                      versions.size(),
                      ++index,
                      false,
                      job.model(),
                      job.modelVersion(),
                      job.deployment());
              versions.add(copy);
              stable.add(copy.version());
            });
  }

  private void retire(long version) {
    replicas.replaceAll(
        (id, replica) ->
            replica.jobVersion() == version
                ? replica(
                    id,
                    version,
                    replica.canary(),
                    replica.healthy(),
                    Boolean.FALSE.equals(replica.healthy())
                        ? Allocation.Status.FAILED
                        : Allocation.Status.COMPLETE,
                    "stop",
                    replica.allocation().events())
                : replica);
  }

  @Override
  public void mark(ServingJob job, boolean isStable) {
    if (isStable) {
      stable.add(job.version());
    } else {
      stable.remove(job.version());
    }
    changed.run();
  }

  @Override
  public void stop(ServingJob job) {
    versions.set(
        versions.size() - 1,
        new ServingJob(
            job.id(),
            job.namespace(),
            job.version(),
            ++index,
            true,
            job.model(),
            job.modelVersion(),
            job.deployment()));
    retire(job.version());
    changed.run();
  }

  @Override
  public long watch(String service, long since, Duration patience) {
    clock.advance(patience);
    List<Runnable> events = List.copyOf(later);
    later.clear();
    events.forEach(Runnable::run);
    List.copyOf(rollouts.values()).stream()
        .filter(rollout -> rollout.status() == Rollout.Status.RUNNING)
        .forEach(this::step);
    return since + 1;
  }

  private void step(Rollout rollout) {
    ServingJob job = versions.get((int) rollout.jobVersion());
    if (job.modelVersion().equals(crashing)) {
      replicas.replaceAll(
          (id, one) ->
              one.jobVersion() == job.version()
                  ? replica(
                      id,
                      job.version(),
                      one.canary(),
                      false,
                      Allocation.Status.FAILED,
                      "run",
                      List.of(
                          new Allocation.Event("Terminated", Instant.EPOCH, "Exit Code: 2", false)))
                  : one);
      rollouts.put(
          job.version(),
          new Rollout(
              rollout.id(),
              rollout.namespace(),
              rollout.jobVersion(),
              rollout.status(),
              "",
              rollout.canaries(),
              false,
              0,
              1,
              rollout.wanted()));
      return;
    }
    replicas.replaceAll(
        (id, one) ->
            one.jobVersion() == job.version() && one.isLiving()
                ? replica(
                    id,
                    job.version(),
                    one.canary() && !rollout.promoted(),
                    true,
                    Allocation.Status.RUNNING,
                    "run",
                    List.of())
                : one);
    boolean done = rollout.canaries() == 0 || rollout.promoted();
    int healthy = done ? rollout.wanted() : rollout.canaries();
    rollouts.put(
        job.version(),
        changed(
            rollout,
            done ? Rollout.Status.SUCCESSFUL : Rollout.Status.RUNNING,
            "",
            rollout.promoted(),
            healthy));
    if (done) {
      stable.add(job.version());
      versions.stream()
          .filter(other -> other.version() < job.version())
          .forEach(other -> retire(other.version()));
    }
  }

  private static Rollout changed(
      Rollout rollout, Rollout.Status status, String description, boolean promoted, int healthy) {
    return new Rollout(
        rollout.id(),
        rollout.namespace(),
        rollout.jobVersion(),
        status,
        description,
        rollout.canaries(),
        promoted,
        healthy,
        rollout.unhealthy(),
        rollout.wanted());
  }

  @Override
  public List<String> lastLines(Replica replica) {
    return List.of("model can't be served");
  }

  @Override
  public URI link(String service) {
    return URI.create("http://" + host + "/ui/jobs/" + service);
  }
}
