package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.hashicorp.nomad.apimodel.Job;
import com.hashicorp.nomad.javasdk.ErrorResponseException;
import com.hashicorp.nomad.javasdk.NomadJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.deploy.Replica;
import nomadml.scheduler.deploy.Rollout;
import nomadml.scheduler.deploy.Serving;
import nomadml.scheduler.deploy.ServingJob;
import nomadml.scheduler.deploy.ServingRequest;
import nomadml.scheduler.submit.Forecast;
import nomadml.spec.Names;
import nomadml.spec.Version;
import nomadml.spec.log.LogLine;

/** Models as Nomad service jobs, through its HTTP API. */
public final class NomadServing implements Serving {
  private static final int NOT_FOUND = 404;
  private static final int LAST_BYTES = 2000;
  private static final int LAST_LINES = 5;

  private final Connection connection;
  private final NomadSettings settings;
  private final NomadRest rest;

  private NomadServing(Connection connection) {
    this.connection = connection;
    settings = connection.settings();
    rest = connection.rest();
  }

  /** A Nomad at this address; nothing is asked of it yet. */
  public static NomadServing connect(NomadSettings settings) {
    return new NomadServing(Connection.open(settings));
  }

  @Override
  public String name() {
    return connection.name();
  }

  /** A Nomad without ACLs, and one that denies it, say nothing. */
  @Override
  public Optional<String> caller() {
    try {
      return settings.token() == null
          ? Optional.empty()
          : Optional.of(rest.get(Map.of(), "acl", "token", "self").body().path("Name").asText())
              .filter(name -> !name.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public String render(ServingRequest request) {
    try {
      return Pretty.print(NomadJson.asJobSpec(translate(request, traits()).job()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Forecast plan(ServingRequest request) {
    Traits traits = traits();
    ServingTranslation.Translated translated = translate(request, traits);
    return connection.attempt(
        "plan the job " + request.wish().service(),
        () ->
            new Forecasts(translated.needs(), translated.notes(), traits)
                .of(
                    connection
                        .library()
                        .getJobsApi()
                        .plan(translated.job(), false, connection.in(namespace(translated.job())))
                        .getValue()));
  }

  private Traits traits() {
    return connection.attempt(
        "read its nodes",
        () -> new TraitsReader(rest, Version.CURRENT, Names.META_SERVINGS).read());
  }

  private ServingTranslation.Translated translate(ServingRequest request, Traits traits) {
    return new ServingTranslation(
            Version.CURRENT,
            settings.submissionNamespace(),
            settings.region(),
            settings.consulAsNodesSeeIt())
        .translate(request, traits);
  }

  private static String namespace(Job job) {
    return String.valueOf(job.getNamespace());
  }

  @Override
  public Optional<ServingJob> current(String service) {
    return connection.attempt(
        "read the job " + service,
        () -> {
          try {
            return Optional.of(job(rest.get(in(), "job", service).body()));
          } catch (NomadRest.Refused e) {
            if (e.status() == NOT_FOUND) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  @Override
  public List<ServingJob> versions(String service) {
    return connection.attempt(
        "read the versions of the job " + service,
        () -> {
          List<ServingJob> versions = new ArrayList<>();
          try {
            rest.get(in(), "job", service, "versions")
                .body()
                .path("Versions")
                .forEach(one -> versions.add(job(one)));
          } catch (NomadRest.Refused e) {
            if (e.status() != NOT_FOUND) {
              throw e;
            }
          }
          return versions;
        });
  }

  private static ServingJob job(JsonNode job) {
    JsonNode meta = job.path("Meta");
    return new ServingJob(
        job.path("ID").asText(),
        job.path("Namespace").asText(),
        job.path("Version").asLong(),
        job.path("JobModifyIndex").asLong(),
        job.path("Stop").asBoolean(),
        meta.path(Names.META_MODEL).asText(),
        meta.path(Names.META_MODEL_VERSION).asText(),
        meta.path(Names.META_DEPLOYMENT).asText());
  }

  @Override
  public boolean register(ServingRequest request, long index) {
    Job job = translate(request, traits()).job();
    return connection.attempt(
        "register the job " + job.getId(),
        () -> {
          try {
            connection
                .library()
                .getJobsApi()
                .register(job, BigInteger.valueOf(index), connection.in(namespace(job)));
            return true;
          } catch (ErrorResponseException e) {
            if (Registration.isIndexConflict(e)) {
              return false;
            }
            throw e;
          }
        });
  }

  @Override
  public Optional<Rollout> rollout(ServingJob job) {
    return connection.attempt(
        "read the deployments of " + job.id(),
        () -> {
          for (JsonNode one : rest.get(in(job), "job", job.id(), "deployments").body()) {
            if (one.path("JobVersion").asLong() == job.version()) {
              return Optional.of(rollout(one));
            }
          }
          return Optional.empty();
        });
  }

  private static Rollout rollout(JsonNode deployment) {
    JsonNode group = deployment.path("TaskGroups").path(ServingTranslation.NAME);
    return new Rollout(
        deployment.path("ID").asText(),
        deployment.path("Namespace").asText(),
        deployment.path("JobVersion").asLong(),
        switch (deployment.path("Status").asText()) {
          case "successful" -> Rollout.Status.SUCCESSFUL;
          case "failed", "cancelled" -> Rollout.Status.FAILED;
          default -> Rollout.Status.RUNNING;
        },
        deployment.path("StatusDescription").asText(),
        group.path("DesiredCanaries").asInt(),
        group.path("Promoted").asBoolean(),
        group.path("HealthyAllocs").asInt(),
        group.path("UnhealthyAllocs").asInt(),
        group.path("DesiredTotal").asInt());
  }

  @Override
  public List<Replica> replicas(String service) {
    return connection.attempt(
        "read the allocations of " + service,
        () -> {
          List<JsonNode> stubs = new ArrayList<>();
          // What Nomad lists below a job has no ports.
          Map<String, String> parameters = new HashMap<>(in());
          parameters.put("resources", "true");
          parameters.put("filter", "JobID == \"" + service + "\"");
          rest.get(parameters, "allocations").body().forEach(stubs::add);
          stubs.sort(Comparator.comparingLong(stub -> stub.path("CreateIndex").asLong()));
          return stubs.stream().map(NomadServing::replica).toList();
        });
  }

  private static Replica replica(JsonNode stub) {
    JsonNode status = stub.path("DeploymentStatus");
    return new Replica(
        AllocationReader.allocation(stub, ServingTranslation.NAME),
        stub.path("JobVersion").asLong(),
        status.path("Canary").asBoolean(),
        status.path("Healthy").isBoolean() ? status.path("Healthy").asBoolean() : null,
        address(stub));
  }

  private static String address(JsonNode stub) {
    for (JsonNode port : stub.path("AllocatedResources").path("Shared").path("Ports")) {
      if (port.path("Label").asText().equals(ServingTranslation.PORT)) {
        String host = port.path("HostIP").asText();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port.path("Value").asInt();
      }
    }
    return "";
  }

  @Override
  public void promote(Rollout rollout) {
    connection.attempt(
        "promote the deployment " + rollout.id(),
        () ->
            connection
                .library()
                .getDeploymentsApi()
                .promoteAll(rollout.id(), connection.in(rollout.namespace())));
  }

  @Override
  public void fail(Rollout rollout) {
    connection.attempt(
        "fail the deployment " + rollout.id(),
        () ->
            connection
                .library()
                .getDeploymentsApi()
                .fail(rollout.id(), connection.in(rollout.namespace())));
  }

  @Override
  public void mark(ServingJob job, boolean stable) {
    connection.attempt(
        "mark version " + job.version() + " of the job " + job.id(),
        () ->
            connection
                .library()
                .getJobsApi()
                .stable(
                    job.id(),
                    BigInteger.valueOf(job.version()),
                    stable,
                    connection.in(job.namespace())));
  }

  @Override
  public void stop(ServingJob job) {
    connection.attempt(
        "stop the job " + job.id(),
        () ->
            connection
                .library()
                .getJobsApi()
                .deregister(job.id(), false, connection.in(job.namespace())));
  }

  @Override
  public long watch(String service, long since, Duration patience) {
    Watch watch = new Watch(rest);
    String namespace = settings.submissionNamespace();
    return connection.attempt(
        "watch the job " + service,
        () ->
            since == 0
                ? watch.now(service, namespace)
                : watch.next(service, namespace, since, patience));
  }

  @Override
  public List<String> lastLines(Replica replica) {
    Map<String, String> parameters =
        Map.of(
            "namespace",
            replica.allocation().namespace(),
            "task",
            ServingTranslation.NAME,
            "type",
            "stderr",
            "origin",
            "end",
            "offset",
            Integer.toString(LAST_BYTES),
            "plain",
            "true");
    try (InputStream log =
        rest.stream(parameters, "client", "fs", "logs", replica.allocation().id())) {
      List<String> lines =
          new String(log.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .map(line -> LogLine.read(line).map(LogLine::message).orElse(line))
              .toList();
      return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
    } catch (IOException e) {
      return List.of(); // It never ran, or its node is away.
    }
  }

  @Override
  public URI link(String service) {
    return settings.address().resolve("/ui/jobs/" + service + "@" + settings.submissionNamespace());
  }

  private Map<String, String> in() {
    return Map.of("namespace", settings.submissionNamespace());
  }

  private static Map<String, String> in(ServingJob job) {
    return Map.of("namespace", job.namespace());
  }
}
