package nomadml.scheduler.submit;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.Announcements;
import nomadml.spec.ExitCode;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Location;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * From a job file to one registered job and one run. Killed between any two of its steps and called
 * again with the same content, it goes on where it was: never a second job, never a second run.
 */
public final class Submission {
  private final Cluster cluster;
  private final Optional<RunTracker> tracker;
  private final Journal journal;
  private final Function<String, Optional<URI>> dashboards;
  private final Consumer<String> notes;
  private final Consumer<Step> done;

  /**
   * @param dashboards where a run's metrics are seen live
   * @param notes what the user should know
   * @param done told after each step is safe
   */
  public Submission(
      Cluster cluster,
      Optional<RunTracker> tracker,
      Journal journal,
      Function<String, Optional<URI>> dashboards,
      Consumer<String> notes,
      Consumer<Step> done) {
    this.cluster = cluster;
    this.tracker = tracker;
    this.journal = journal;
    this.dashboards = dashboards;
    this.notes = notes;
    this.done = done;
  }

  /** The request as it would be sent, under a job id that stands for one not made yet. */
  public JobRequest preview(JobFile job, Path file, @Nullable String id) {
    Path folder = folder(file);
    String submission = "0".repeat(32);
    String jobId = id == null ? job.name() + "-" + submission.substring(0, 8) : id;
    List<Input> inputs = LocalFiles.collect(job, folder, cluster.isRemote());
    return new JobRequest(
        job, jobId, submission, null, null, null, inputs, Origin.of(file, folder), identity());
  }

  /** Submits a job, or goes on with a submission of the same content that was cut off. */
  public Submitted submit(JobFile job, Path file, @Nullable String id) {
    refuseAScheduleHere(job);
    Path folder = folder(file);
    List<Input> inputs = LocalFiles.collect(job, folder, cluster.isRemote());
    Origin origin = Origin.of(file, folder);
    try (Journal.Claim claim = journal.claim(content(job, inputs, id), job.name(), id)) {
      Journal.Entry entry = claim.entry();
      JobRequest planned =
          new JobRequest(
              job,
              entry.jobId(),
              entry.submissionId(),
              null,
              null,
              null,
              inputs,
              origin,
              identity());
      Forecast forecast = cluster.plan(planned);
      refuseTheImpossible(planned, forecast);
      if (!claim.isContinued()) {
        claim.write(entry);
      }
      done.accept(Step.JOURNAL);

      boolean once = job.schedule() == null;
      Optional<RunTracker.Run> run = once ? run(planned) : keeper(planned);
      run.ifPresent(known -> claim.write(claim.entry().withRun(known.id())));
      done.accept(Step.RUN);

      upload(run, inputs, folder);
      done.accept(Step.INPUTS);

      if (!once) { // It holds files and does nothing.
        run.ifPresent(keeper -> tracker.orElseThrow().finish(keeper, "FINISHED", keeper.started()));
      }
      JobRequest request = once ? withRun(planned, run) : withInputsOf(planned, run);
      cluster.register(request);
      done.accept(Step.REGISTER);
      claim.write(claim.entry().asRegistered());
      return new Submitted(request, forecast, claim.isContinued());
    }
  }

  /** What the job's local files are relative to. */
  private static Path folder(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().normalize().getParent());
  }

  private static void refuseTheImpossible(JobRequest request, Forecast forecast) {
    if (forecast.verdict() == Forecast.Verdict.NEVER) {
      throw new SchedulerFailure(
          ExitCode.NEVER_PLACED,
          request.job().name() + " can never be placed: " + String.join("; ", forecast.reasons()),
          forecast.hint().orElse("submit-job nodes shows what there is"));
    }
  }

  /** Without a reachable tracker the supervisor makes the run at its start, by the same rule. */
  private Optional<RunTracker.Run> run(JobRequest request) {
    boolean needed = cluster.isRemote() && !request.inputs().isEmpty();
    if (tracker.isEmpty() && !needed) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          requiredTracker()
              .ensureRun(request.job().experiment(), request.job().name(), tags(request)));
    } catch (DeniedFailure denied) {
      throw denied;
    } catch (SchedulerFailure failure) {
      if (needed || failure.exitCode() != ExitCode.SERVER_UNREACHABLE) {
        throw failure;
      }
      notes.accept(
          failure.getMessage() + "; the run's record is kept beside the training until it is");
      if (failure.hint() != null) {
        notes.accept(Forecast.HINT + failure.hint());
      }
      return Optional.empty();
    }
  }

  private void refuseAScheduleHere(JobFile job) {
    if (job.schedule() != null && !cluster.isRemote()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          job.name() + " has a schedule, and " + cluster.name() + " keeps none: Nomad does",
          "name a Nomad (--nomad-address), or run it once: --set schedule=");
    }
  }

  /** A run that keeps the inputs of all that the schedule starts; none when there are none. */
  private Optional<RunTracker.Run> keeper(JobRequest request) {
    if (request.inputs().isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> tags = tags(request);
    tags.keySet().removeAll(Announcements.tags(request.job()).keySet());
    tags.remove(Names.TAG_JOB);
    tags.put(Names.TAG_SCHEDULE, request.jobId());
    return Optional.of(
        requiredTracker()
            .ensureRun(request.job().experiment(), request.job().name() + " (inputs)", tags));
  }

  private RunTracker requiredTracker() {
    return tracker.orElseThrow(
        () ->
            new SchedulerFailure(
                ExitCode.SERVER_UNREACHABLE,
                "no MLflow is known, and the job's local files travel through it",
                "set MLFLOW_TRACKING_URI, or register MLflow in Consul as \"mlflow\""));
  }

  private Map<String, String> tags(JobRequest request) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(Names.TAG_SUBMISSION, request.submissionId());
    tags.put(Names.TAG_JOB, request.jobId());
    tags.putAll(Announcements.tags(request.job()));
    String identity = request.cluster();
    if (identity != null) {
      tags.put(Names.TAG_CLUSTER, identity);
    }
    tags.putAll(request.origin().tags());
    tags.put(Names.MLFLOW_SOURCE_TYPE, Names.mlflowSourceType(!cluster.isRemote()));
    return tags;
  }

  private void upload(Optional<RunTracker.Run> run, List<Input> inputs, Path folder) {
    if (!cluster.isRemote() || run.isEmpty()) {
      return;
    }
    for (Input input : inputs) {
      tracker.orElseThrow().upload(run.get(), input.source(), folder.resolve(input.path()));
    }
  }

  private JobRequest withRun(JobRequest planned, Optional<RunTracker.Run> run) {
    return new JobRequest(
        planned.job(),
        planned.jobId(),
        planned.submissionId(),
        run.map(RunTracker.Run::id).orElse(null),
        run.map(known -> tracker.orElseThrow().link(known)).orElse(null),
        run.flatMap(known -> dashboards.apply(known.id())).orElse(null),
        planned.inputs(),
        planned.origin(),
        planned.cluster());
  }

  /** Each launch makes a run of its own, and fetches its inputs from the one that keeps them. */
  private static JobRequest withInputsOf(JobRequest planned, Optional<RunTracker.Run> keeper) {
    List<Input> inputs =
        keeper
            .map(run -> planned.inputs().stream().map(input -> shared(input, run)).toList())
            .orElse(planned.inputs());
    return new JobRequest(
        planned.job(),
        planned.jobId(),
        planned.submissionId(),
        null,
        null,
        null,
        inputs,
        planned.origin(),
        planned.cluster());
  }

  private static Input shared(Input input, RunTracker.Run keeper) {
    String source = new Location.RunArtifact(keeper.id(), input.source()).shown();
    return new Input(input.path(), input.sha256(), input.bytes(), source);
  }

  private @Nullable String identity() {
    Set<String> names = cluster.identities();
    return names.isEmpty() ? null : String.join(",", new TreeSet<>(names));
  }

  /** What makes two submits the same one. */
  private String content(JobFile job, List<Input> inputs, @Nullable String id) {
    try {
      String text =
          Json.MAPPER.writeValueAsString(
              List.of(cluster.name(), job, inputs, id == null ? "" : id));
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (JsonProcessingException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
