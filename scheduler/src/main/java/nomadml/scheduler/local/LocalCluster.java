package nomadml.scheduler.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.JobRequest;
import nomadml.scheduler.submit.Node;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.Json;

/** This machine: each job is a process that outlives the command that started it. */
public final class LocalCluster implements Cluster {
  private static final long RUNNING = 1;
  private static final long ENDED = 2;

  private final Path runs;
  private final Map<String, String> environment;
  private final Supplier<Trainer> trainer;
  private final String version;
  private final Clock clock;
  private final ThisMachine machine;

  /**
   * @param runs holds a folder for each job
   * @param environment of every task, beside what its job says
   */
  public LocalCluster(
      Path runs,
      Map<String, String> environment,
      Supplier<Trainer> trainer,
      String version,
      Clock clock) {
    this.runs = runs.toAbsolutePath().normalize();
    this.environment = environment;
    this.trainer = trainer;
    this.version = version;
    this.clock = clock;
    this.machine = new ThisMachine(environment);
  }

  @Override
  public String name() {
    return "this machine";
  }

  @Override
  public boolean isRemote() {
    return false;
  }

  @Override
  public Set<String> identities() {
    return Set.of();
  }

  @Override
  public String render(JobRequest request) {
    LocalTask task = LocalTask.of(request, run(request.jobId()), trainer.get(), machine.name());
    Map<String, Object> shown = new HashMap<>();
    shown.put("job", request.job());
    shown.put("command", task.command());
    shown.put("environment", task.environment());
    try {
      return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(shown);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Forecast plan(JobRequest request) {
    Objects.requireNonNull(trainer.get());
    JobFile job = request.job();
    List<String> reasons = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    if (job.image() != null) {
      reasons.add("an image needs a Nomad cluster with Docker");
    }
    job.secrets().keySet().stream()
        .filter(name -> environment.getOrDefault(name, "").isEmpty())
        .forEach(name -> reasons.add("the secret " + name + " is not in the environment"));
    JobFile.Gpu gpu = job.resources().gpu();
    if (gpu != null && machine.gpus().isEmpty()) {
      (gpu.required() ? reasons : notes)
          .add(gpu.required() ? "it has no GPU" : "no GPU here: trains on the CPU");
    }
    if (!reasons.isEmpty()) {
      notes.add("hint: name a cluster with --nomad or NOMAD_ADDR, or take it out of the job file");
    }
    Forecast.Verdict verdict = reasons.isEmpty() ? Forecast.Verdict.NOW : Forecast.Verdict.NEVER;
    return new Forecast(
        verdict,
        machine.name(),
        reasons.stream().map(reason -> "this machine: " + reason).toList(),
        List.of(),
        notes);
  }

  @Override
  public boolean register(JobRequest request) {
    LocalRun run = run(request.jobId());
    try {
      Optional<LocalRun.Submission> known = run.submission();
      if (known.isPresent() && !known.get().submissionId().equals(request.submissionId())) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            "there is a job " + request.jobId() + " on this machine",
            "choose another name with --id, or see submit-job status " + request.jobId());
      }
      if (known.isPresent() && run.process().wasStarted()) {
        return false;
      }
      run.write(
          new LocalRun.Submission(
              request.submissionId(),
              request.job().name(),
              request.job().experiment(),
              request.runId(),
              request.job().priority(),
              clock.millis()),
          Json.MAPPER.writeValueAsString(request.job()));
      LocalTask task = LocalTask.of(request, run, trainer.get(), machine.name());
      Files.writeString(run.folder().resolve("task.json"), LocalTask.json(task));
      start(run, task);
      return true;
    } catch (IOException e) {
      throw failed("start " + request.jobId(), e);
    }
  }

  private void start(LocalRun run, LocalTask task) throws IOException {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(task.environment());
    run.process()
        .start(
            task.command(),
            all,
            run.folder(),
            run.output(Stream.STDOUT),
            run.output(Stream.STDERR));
  }

  @Override
  public List<Job> jobs() {
    if (!Files.isDirectory(runs)) {
      return List.of();
    }
    try (java.util.stream.Stream<Path> folders = Files.list(runs)) {
      return folders
          .map(LocalRun::new)
          .flatMap(run -> job(run).stream())
          .sorted(Comparator.comparing(Job::submitted).reversed())
          .toList();
    } catch (IOException e) {
      throw failed("read " + runs, e);
    }
  }

  @Override
  public boolean sees(String namespace) {
    return true;
  }

  @Override
  public Optional<Job> job(String id) {
    List<Job> found = jobs().stream().filter(job -> job.id().startsWith(id)).toList();
    return found.stream().filter(job -> job.id().equals(id) || found.size() == 1).findFirst();
  }

  private Optional<Job> job(LocalRun run) {
    return submission(run).map(run::job);
  }

  private static Optional<LocalRun.Submission> submission(LocalRun run) {
    try {
      return run.submission();
    } catch (IOException e) {
      throw failed("read " + run.folder(), e);
    }
  }

  @Override
  public List<Allocation> allocations(Job job) {
    LocalRun run = run(job.id());
    return submission(run).map(known -> run.allocation(known, machine.name())).stream().toList();
  }

  @Override
  public long watch(Job job, long since, Duration patience) {
    Optional<ProcessHandle> process = run(job.id()).process().running();
    if (process.isEmpty()) {
      return ENDED;
    }
    if (since == RUNNING) {
      try {
        process.get().onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        return RUNNING;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return RUNNING;
      }
    }
    return run(job.id()).process().running().isPresent() ? RUNNING : ENDED;
  }

  @Override
  public InputStream logs(Allocation allocation, Stream stream, long offset, boolean follow)
      throws IOException {
    LocalRun run = run(allocation.jobId());
    RunProcess process = run.process();
    return new GrowingFile(
        run.output(stream), offset, () -> follow && process.running().isPresent());
  }

  @Override
  public void stop(Job job) {
    LocalRun run = run(job.id());
    run.process()
        .running()
        .ifPresent(
            process -> {
              try {
                run.markStopped();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              process.destroy();
            });
  }

  @Override
  public void resume(Job job) {
    LocalRun run = run(job.id());
    if (run.process().running().isPresent()) {
      return;
    }
    try {
      run.markResumed();
      start(
          run, Json.MAPPER.readValue(run.folder().resolve("task.json").toFile(), LocalTask.class));
    } catch (IOException e) {
      throw failed("resume " + job.id(), e);
    }
  }

  @Override
  public int exec(
      Allocation allocation,
      List<String> command,
      InputStream input,
      OutputStream output,
      OutputStream errors)
      throws IOException {
    return ChildCommand.run(
        command, run(allocation.jobId()).folder(), environment, input, output, errors);
  }

  @Override
  public List<Node> nodes() {
    return List.of(machine.node(version));
  }

  @Override
  public Optional<URI> link(String jobId) {
    return Optional.of(runs.resolve(jobId).toUri());
  }

  private LocalRun run(String jobId) {
    return new LocalRun(runs.resolve(jobId));
  }

  private static SchedulerFailure failed(String what, IOException cause) {
    return new SchedulerFailure(
        ExitCode.INTERNAL_ERROR,
        "can't " + what + " on this machine: " + cause.getMessage(),
        "set NOMAD_ML_STATE to a folder of yours with free space",
        cause);
  }
}
