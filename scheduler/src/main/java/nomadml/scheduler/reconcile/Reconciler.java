package nomadml.scheduler.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import nomadml.scheduler.reconcile.GaugeGroups.Group;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Launches;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * Finds what MLflow and the Pushgateway say otherwise than the cluster, and makes it right. The
 * cluster is the truth. It touches only what carries our tags, and doing it twice, or by two at
 * once, is the same as once: each action sets what is, and adds nothing.
 *
 * <p>What a token or a chosen namespace hides is left alone: its jobs are not gone.
 */
public final class Reconciler {
  /** A run may have ended as its job began, and MLflow knows no nanoseconds. */
  private static final Duration ROUNDED = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final Optional<RunTracker> tracker;
  private final Optional<GaugeGroups> gauges;
  private final Clock clock;
  private @Nullable Set<String> identities;

  public Reconciler(
      Cluster cluster, Optional<RunTracker> tracker, Optional<GaugeGroups> gauges, Clock clock) {
    this.cluster = cluster;
    this.tracker = tracker;
    this.gauges = gauges;
    this.clock = clock;
  }

  /** What is to be done; changes nothing. */
  public List<Action> findings() {
    Instant now = clock.instant();
    identities = null;
    Map<String, Run> unfinished = unfinishedBySubmission();
    List<Group> groups = gauges.map(GaugeGroups::groups).orElse(List.of());
    List<Action> actions = new ArrayList<>();
    Map<String, Job> jobs = new HashMap<>();
    for (Job job : cluster.jobs()) {
      jobs.put(job.submissionId(), job);
      if (job.schedule()) {
        continue; // It has no run, and nothing of it is placed.
      }
      Run run = unfinished.get(job.submissionId());
      boolean mayBeOpen = run != null || job.runId() == null || tracker.isEmpty();
      if (job.phase() == Job.Phase.DEAD && mayBeOpen) {
        about(job, run).ifPresent(actions::add);
      }
    }
    Map<String, Instant> pushed = new HashMap<>();
    groups.forEach(group -> pushed.put(group.runId(), group.pushed()));
    unfinished.forEach(
        (submission, run) -> {
          if (cluster.isRemote() && !jobs.containsKey(submission) && mayBeOurs(run)) {
            Decisions.aboutOrphan(run, pushed.get(run.id()), now)
                .filter(orphan -> cluster.sees(namespace(run)))
                .ifPresent(actions::add);
          }
        });
    tracker.ifPresent(known -> withoutRun(known, jobs, unfinished, actions));
    tracker.ifPresent(known -> interruptions(known, jobs, unfinished, now, actions));
    tracker.ifPresent(known -> gauges(known, groups, jobs, unfinished, now, actions));
    return actions;
  }

  /** A launch makes its run when it starts: one that never did has none, and failed unseen. */
  private void withoutRun(
      RunTracker tracker,
      Map<String, Job> jobs,
      Map<String, Run> unfinished,
      List<Action> actions) {
    Map<String, Job> silent = new HashMap<>(jobs);
    silent.keySet().removeAll(unfinished.keySet());
    silent
        .values()
        .removeIf(job -> job.phase() != Job.Phase.DEAD || Launches.schedule(job.id()).isEmpty());
    silent.values().stream()
        .map(Job::submitted)
        .min(Instant::compareTo)
        .ifPresent(
            oldest ->
                tracker
                    .endedSince(oldest.minus(ROUNDED))
                    .forEach(run -> silent.remove(submission(run))));
    for (Job job : silent.values()) {
      Decisions.aboutLaunch(job, cluster.allocations(job)).ifPresent(actions::add);
    }
  }

  /** Asks for the allocations of those jobs only whose newest attempt has no cause yet. */
  private void interruptions(
      RunTracker tracker,
      Map<String, Job> jobs,
      Map<String, Run> unfinished,
      Instant now,
      List<Action> actions) {
    if (!cluster.isRemote()) {
      return;
    }
    List<Run> runs = new ArrayList<>(unfinished.values());
    runs.addAll(tracker.endedSince(now.minus(Decisions.RECENT)));
    for (Run run : runs) {
      Job job = jobs.get(submission(run));
      if (job != null && wentOn(job, run) && !Decisions.isExplained(run)) {
        Decisions.aboutInterruption(run, cluster.allocations(job)).ifPresent(actions::add);
      }
    }
  }

  /** A run that failed keeps the cause of its end. */
  private static boolean wentOn(Job job, Run run) {
    return job.phase() == Job.Phase.RUNNING || run.status().equals("FINISHED");
  }

  /** What is to be done about one job. */
  public Optional<Action> about(Job job) {
    return job.phase() == Job.Phase.DEAD
        ? about(job, unfinishedBySubmission().get(job.submissionId()))
        : Optional.empty();
  }

  /** Does it. */
  public void apply(Action action) {
    if (action instanceof Action.FinishRun finish) {
      tracker.ifPresent(known -> finish(known, finish));
    } else if (action instanceof Action.RecordRun missing) {
      tracker.ifPresent(known -> record(known, missing));
    } else if (action instanceof Action.ExplainAttempt explain) {
      tracker.ifPresent(known -> known.setTags(explain.run(), tags(explain)));
    } else if (action instanceof Action.ResumeJob resume) {
      cluster.resume(resume.job());
    } else if (action instanceof Action.DeleteGauges delete) {
      gauges.ifPresent(known -> known.delete(delete.runId()));
    }
  }

  private static Map<String, String> tags(Action.ExplainAttempt explain) {
    return Map.of(
        Names.TAG_CAUSE,
        explain.cause().word(),
        Names.TAG_EVIDENCE,
        explain.evidence(),
        Names.TAG_EXPLAINED,
        explain.attempt());
  }

  private void record(RunTracker tracker, Action.RecordRun missing) {
    Job job = missing.job();
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(Names.TAG_SUBMISSION, job.submissionId());
    tags.put(Names.TAG_JOB, job.id());
    tags.put(Names.TAG_NAMESPACE, job.namespace());
    tags.put(Names.TAG_CLUSTER, String.join(",", new TreeSet<>(identities())));
    tags.put(Names.TAG_SCHEDULE, Launches.schedule(job.id()).orElse(""));
    tags.put(Names.MLFLOW_SOURCE_TYPE, Names.mlflowSourceType(!cluster.isRemote()));
    tags.values().removeIf(String::isEmpty);
    Run run = tracker.ensureRun(job.experiment(), job.name(), tags);
    if (!run.hasEnded()) {
      finish(tracker, missing.as(run));
    }
  }

  private static void finish(RunTracker tracker, Action.FinishRun finish) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (finish.cause() != null) {
      tags.put(Names.TAG_CAUSE, finish.cause().word());
      tags.put(Names.TAG_EVIDENCE, finish.evidence());
    }
    tracker.setTags(finish.run(), tags);
    tracker.finish(finish.run(), finish.status(), finish.when());
  }

  private Optional<Action> about(Job job, @Nullable Run run) {
    List<Allocation> allocations = cluster.allocations(job);
    boolean isFailed = Verdicts.of(job, allocations).kind() == Verdict.Kind.FAILED;
    return Decisions.aboutJob(
        job, allocations, run, isFailed && run != null ? LastWord.of(cluster, allocations) : null);
  }

  private void gauges(
      RunTracker tracker,
      List<Group> groups,
      Map<String, Job> jobs,
      Map<String, Run> unfinished,
      Instant now,
      List<Action> actions) {
    Set<String> running = new HashSet<>();
    unfinished.values().forEach(run -> running.add(run.id()));
    for (Group group : groups) {
      if (!running.contains(group.runId())) {
        Run run = tracker.run(group.runId()).orElse(null);
        if (run == null || jobs.containsKey(submission(run)) || mayBeOurs(run)) {
          Decisions.aboutGauges(group, run, now).ifPresent(actions::add);
        }
      }
    }
  }

  /** Another Nomad that shares the MLflow has its own reconciler. */
  private boolean mayBeOurs(Run run) {
    String named = run.tags().get(Names.TAG_CLUSTER);
    return named == null || !Collections.disjoint(List.of(named.split(",")), identities());
  }

  private Set<String> identities() {
    if (identities == null) {
      identities = cluster.identities();
    }
    return identities;
  }

  /** Empty before its job has begun. */
  private static String namespace(Run run) {
    return run.tags().getOrDefault(Names.TAG_NAMESPACE, "");
  }

  private static String submission(Run run) {
    return run.tags().getOrDefault(Names.TAG_SUBMISSION, "");
  }

  private Map<String, Run> unfinishedBySubmission() {
    Map<String, Run> runs = new LinkedHashMap<>();
    for (Run run : tracker.map(RunTracker::unfinished).orElse(List.of())) {
      String submission = run.tags().get(Names.TAG_SUBMISSION);
      if (submission != null) {
        runs.put(submission, run);
      }
    }
    return runs;
  }
}
