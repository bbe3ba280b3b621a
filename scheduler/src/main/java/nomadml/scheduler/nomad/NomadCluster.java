package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.hashicorp.nomad.javasdk.NomadJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.JobRequest;
import nomadml.scheduler.submit.Node;
import nomadml.spec.ExitCode;
import nomadml.spec.Version;

/** Nomad, through its HTTP API. */
public final class NomadCluster implements Cluster {
  private final Connection connection;
  private final NomadSettings settings;
  private final NomadRest rest;

  private NomadCluster(Connection connection) {
    this.connection = connection;
    settings = connection.settings();
    rest = connection.rest();
  }

  /** A Nomad at this address; nothing is asked of it yet. */
  public static NomadCluster connect(NomadSettings settings) {
    return new NomadCluster(Connection.open(settings));
  }

  @Override
  public String name() {
    return connection.name();
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public Set<String> identities() {
    return connection.attempt("read its public keys", rest::keys);
  }

  @Override
  public String render(JobRequest request) {
    try {
      return Pretty.print(NomadJson.asJobSpec(translate(request, traits()).job()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Forecast plan(JobRequest request) {
    Traits traits = traits();
    Translation translation = translate(request, traits);
    // A schedule is placed nowhere: what it will start is planned.
    com.hashicorp.nomad.apimodel.Job job = translation.job().setPeriodic(null);
    String namespace = String.valueOf(job.getNamespace());
    return connection.attempt(
        "plan the job " + request.jobId(),
        () ->
            new Forecasts(request.job(), translation, traits, Version.CURRENT)
                .of(
                    connection
                        .library()
                        .getJobsApi()
                        .plan(job, false, connection.in(namespace))
                        .getValue()));
  }

  @Override
  public boolean register(JobRequest request) {
    return new Registration(connection).create(translate(request, traits()).job());
  }

  private Traits traits() {
    return connection.attempt(
        "read its nodes", () -> new TraitsReader(rest, Version.CURRENT).read());
  }

  private Translation translate(JobRequest request, Traits traits) {
    return new JobTranslation(
            Version.CURRENT,
            settings.submissionNamespace(),
            settings.region(),
            settings.consulAsNodesSeeIt())
        .translate(request, traits);
  }

  @Override
  public List<Job> jobs() {
    return jobs("");
  }

  /** Nomad shows the namespaces that a token may do something in. */
  @Override
  public boolean sees(String namespace) {
    if (namespace.isEmpty() || settings.namespace() != null) {
      return settings.namespace() == null || namespace.equals(settings.namespace());
    }
    JsonNode known =
        connection.attempt("read its namespaces", () -> rest.get(Map.of(), "namespaces").body());
    for (JsonNode one : known) {
      if (one.path("Name").asText().equals(namespace)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Optional<Job> job(String id) {
    List<Job> found = jobs(id);
    List<Job> exact = found.stream().filter(job -> job.id().equals(id)).toList();
    List<Job> meant = exact.isEmpty() ? withoutLaunches(found) : exact;
    if (meant.size() > 1) {
      List<String> names = meant.stream().map(job -> job.id() + " in " + job.namespace()).toList();
      throw new SchedulerFailure(
          ExitCode.USAGE,
          id + " may mean " + String.join(", ", names.subList(0, Math.min(5, names.size()))),
          "write more of the id, or name the namespace");
    }
    return meant.stream().findFirst();
  }

  /** The beginning of a schedule's id means the schedule, though its launches begin so too. */
  private static List<Job> withoutLaunches(List<Job> found) {
    return found.stream().filter(job -> found.stream().noneMatch(job::isLaunchOf)).toList();
  }

  private List<Job> jobs(String prefix) {
    return connection.attempt(
        "read its jobs", () -> new JobReader(rest, settings.listNamespace()).read(prefix));
  }

  @Override
  public List<Allocation> allocations(Job job) {
    return connection.attempt(
        "read the allocations of " + job.id(), () -> new AllocationReader(rest).read(job));
  }

  @Override
  public long watch(Job job, long since, Duration patience) {
    Watch watch = new Watch(rest);
    return connection.attempt(
        "watch the job " + job.id(),
        () -> since == 0 ? watch.now(job) : watch.next(job, since, patience));
  }

  @Override
  public InputStream logs(Allocation allocation, Stream stream, long offset, boolean follow)
      throws IOException {
    try {
      return new Logs(rest).open(allocation, stream, offset, follow);
    } catch (NomadRest.Refused e) {
      if (!e.isDenied()) {
        throw e;
      }
      return connection.attempt(
          "read the output of " + allocation.jobId(),
          () -> {
            throw e;
          });
    }
  }

  @Override
  public void stop(Job job) {
    connection.attempt(
        "stop the job " + job.id(),
        () ->
            connection
                .library()
                .getJobsApi()
                .deregister(job.id(), false, connection.in(job.namespace())));
  }

  @Override
  public void resume(Job job) {
    new Registration(connection).again(job.namespace(), job.id());
  }

  @Override
  public int exec(
      Allocation allocation,
      List<String> command,
      InputStream input,
      OutputStream output,
      OutputStream errors)
      throws IOException {
    try {
      return new Exec(rest, settings).run(allocation, command, input, output, errors);
    } catch (NomadRest.Refused e) {
      return connection.attempt(
          "run a command beside " + allocation.jobId(),
          () -> {
            throw e;
          });
    }
  }

  @Override
  public List<Node> nodes() {
    return connection.attempt("read its nodes", () -> new NodeReader(rest).read());
  }

  @Override
  public Optional<URI> link(String jobId) {
    return link(jobId, settings.submissionNamespace());
  }

  @Override
  public Optional<URI> link(Job job) {
    return link(job.id(), job.namespace());
  }

  private Optional<URI> link(String jobId, String namespace) {
    String page = jobId.replace("/", "%2F") + "@" + namespace;
    return Optional.of(settings.address().resolve("/ui/jobs/" + page));
  }
}
