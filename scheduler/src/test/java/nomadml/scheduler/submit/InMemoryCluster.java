package nomadml.scheduler.submit;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/**
 * A cluster in memory. Tests put jobs and allocations as they want them to be; each change wakes
 * {@link #watch}.
 */
public final class InMemoryCluster implements Cluster {
  private static final Duration FOREVER = Duration.ofDays(1);

  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, List<Allocation>> allocations = new HashMap<>();
  private final Map<String, String> outputs = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<JobRequest> registered = new ArrayList<>();
  private final List<String> resumed = new ArrayList<>();
  private final List<String> commands = new ArrayList<>();
  private Forecast forecast =
      new Forecast(Forecast.Verdict.NOW, "node-1", List.of(), List.of(), List.of());
  private boolean remote = true;
  private Set<String> identities = Set.of();
  private Set<String> hidden = Set.of();
  private boolean unreachable;
  private boolean silent;
  private long version = 1;

  /** Whether it behaves like this machine: inputs do not travel. */
  public synchronized InMemoryCluster onThisMachine() {
    remote = false;
    return this;
  }

  /** Every call fails from now on, or no more. */
  public synchronized void unreachable(boolean now) {
    unreachable = now;
    changed();
  }

  public synchronized void forecast(Forecast next) {
    forecast = next;
  }

  /** Puts a job in place of the one with its id. */
  public synchronized void put(Job job) {
    jobs.put(job.id(), job);
    changed();
  }

  /** Puts an allocation in place of the one with its id. */
  public synchronized void put(Allocation allocation) {
    List<Allocation> all = allocations.computeIfAbsent(allocation.jobId(), id -> new ArrayList<>());
    all.removeIf(other -> other.id().equals(allocation.id()));
    all.add(allocation);
    all.sort(Comparator.comparing(Allocation::created));
    changed();
  }

  public synchronized void put(Node node) {
    nodes.add(node);
  }

  /** Forgets a job, as Nomad's garbage collection does. */
  public synchronized void forget(String jobId) {
    jobs.remove(jobId);
    allocations.remove(jobId);
    changed();
  }

  /** Adds to what a task wrote. */
  public synchronized void write(String allocationId, Stream stream, String text) {
    outputs.merge(allocationId + stream, text, String::concat);
    changed();
  }

  public synchronized List<JobRequest> registered() {
    return List.copyOf(registered);
  }

  public synchronized List<String> resumed() {
    return List.copyOf(resumed);
  }

  /** Commands run by {@link #exec}, each joined by blanks. */
  public synchronized List<String> commands() {
    return List.copyOf(commands);
  }

  /** Denies to show what tasks write. */
  public synchronized InMemoryCluster silent() {
    silent = true;
    return this;
  }

  /** Does not show the jobs of these namespaces. */
  public synchronized InMemoryCluster hiding(String... namespaces) {
    hidden = Set.of(namespaces);
    return this;
  }

  @Override
  public synchronized boolean sees(String namespace) {
    return namespace.isEmpty() ? hidden.isEmpty() : !hidden.contains(namespace);
  }

  /** Lets it be known by these names. */
  public synchronized InMemoryCluster known(String... names) {
    identities = Set.of(names);
    return this;
  }

  @Override
  public synchronized Set<String> identities() {
    return identities;
  }

  @Override
  public String name() {
    return remote ? "a cluster in memory" : "this machine";
  }

  @Override
  public synchronized boolean isRemote() {
    return remote;
  }

  @Override
  public String render(JobRequest request) {
    return "{\"ID\":\"" + request.jobId() + "\"}";
  }

  @Override
  public synchronized Forecast plan(JobRequest request) {
    reach();
    return forecast;
  }

  @Override
  public synchronized boolean register(JobRequest request) {
    reach();
    Job known = jobs.get(request.jobId());
    if (known != null && known.submissionId().equals(request.submissionId())) {
      return false;
    }
    if (known != null) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "there is a job " + request.jobId(), "choose another with --id");
    }
    registered.add(request);
    jobs.put(
        request.jobId(),
        new Job(
            request.jobId(),
            "default",
            request.job().name(),
            request.job().experiment(),
            request.submissionId(),
            request.runId(),
            request.job().schedule() != null,
            Job.Phase.PENDING,
            false,
            request.job().priority(),
            Instant.EPOCH,
            forecast.reasons()));
    changed();
    return true;
  }

  @Override
  public synchronized List<Job> jobs() {
    reach();
    return jobs.values().stream().sorted(Comparator.comparing(Job::submitted).reversed()).toList();
  }

  @Override
  public synchronized Optional<Job> job(String id) {
    reach();
    if (jobs.containsKey(id)) {
      return Optional.ofNullable(jobs.get(id));
    }
    List<Job> found = jobs.values().stream().filter(job -> job.id().startsWith(id)).toList();
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  @Override
  public synchronized List<Allocation> allocations(Job job) {
    reach();
    return List.copyOf(allocations.getOrDefault(job.id(), List.of()));
  }

  @Override
  public synchronized long watch(Job job, long since, Duration patience) {
    reach();
    await(() -> version != since, patience);
    return version;
  }

  @Override
  public synchronized InputStream logs(
      Allocation allocation, Stream stream, long offset, boolean follow) {
    reach();
    if (silent) {
      throw new DeniedFailure("denied to read the output", "set NOMAD_TOKEN", null);
    }
    if (follow) {
      return new Following(allocation.id() + stream, allocation, offset);
    }
    return new ByteArrayInputStream(rest(allocation.id() + stream, offset));
  }

  @Override
  public synchronized void stop(Job job) {
    reach();
    put(
        new Job(
            job.id(),
            job.namespace(),
            job.name(),
            job.experiment(),
            job.submissionId(),
            job.runId(),
            job.schedule(),
            Job.Phase.DEAD,
            true,
            job.priority(),
            job.submitted(),
            List.of()));
  }

  @Override
  public synchronized void resume(Job job) {
    reach();
    resumed.add(job.id());
    changed();
  }

  @Override
  public synchronized int exec(
      Allocation allocation,
      List<String> command,
      InputStream input,
      OutputStream output,
      OutputStream errors) {
    reach();
    commands.add(String.join(" ", command));
    return 0;
  }

  @Override
  public synchronized List<Node> nodes() {
    reach();
    return List.copyOf(nodes);
  }

  @Override
  public Optional<URI> link(String jobId) {
    return Optional.of(URI.create("http://cluster.test/jobs/" + jobId));
  }

  private void reach() {
    if (unreachable) {
      throw new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, name() + " does not answer", null);
    }
  }

  private void changed() {
    version++;
    notifyAll();
  }

  private void await(BooleanSupplier met, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      while (!met.getAsBoolean() && System.nanoTime() < end) {
        wait(1 + (end - System.nanoTime()) / 1_000_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private byte[] rest(String output, long offset) {
    byte[] all = outputs.getOrDefault(output, "").getBytes(StandardCharsets.UTF_8);
    int from = (int) Math.min(offset, all.length);
    return Arrays.copyOfRange(all, from, all.length);
  }

  private boolean ended(Allocation allocation) {
    return allocations.getOrDefault(allocation.jobId(), List.of()).stream()
        .filter(other -> other.id().equals(allocation.id()))
        .allMatch(other -> other.status().isTerminal());
  }

  /** Blocks for more until the allocation ends. */
  private final class Following extends InputStream {
    private final String output;
    private final Allocation allocation;
    private long position;

    Following(String output, Allocation allocation, long position) {
      this.output = output;
      this.allocation = allocation;
      this.position = position;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      Objects.checkFromIndexSize(offset, length, target.length);
      synchronized (InMemoryCluster.this) {
        while (true) {
          byte[] more = rest(output, position);
          if (more.length > 0) {
            int count = Math.min(length, more.length);
            System.arraycopy(more, 0, target, offset, count);
            position += count;
            return count;
          }
          if (ended(allocation)) {
            return -1;
          }
          await(() -> rest(output, position).length > 0 || ended(allocation), FOREVER);
        }
      }
    }
  }
}
