package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A real Nomad server, a cluster of one; and what its API says about jobs. */
public final class NomadServer implements AutoCloseable {
  private final int port = FreePort.next();
  private final int rpcPort = FreePort.next();
  private final NomadAccess access;
  private final RunningProgram program;

  NomadServer(Folders folders, Consul consul, NomadAccess access, String more) {
    this.access = access;
    Path config =
        folders.write(
            "nomad/server.hcl",
            """
            name      = "server"
            data_dir  = "%5$s"
            bind_addr = "127.0.0.1"
            ports { http = %1$d, rpc = %2$d, serf = %3$d }
            advertise { http = "127.0.0.1", rpc = "127.0.0.1", serf = "127.0.0.1" }
            server {
              enabled           = true
              bootstrap_expect  = 1
              raft_multiplier   = 1
              heartbeat_grace   = "5s"
              min_heartbeat_ttl = "3s"
              default_scheduler_config {
                preemption_config { batch_scheduler_enabled = true }
              }
            }
            consul { address = "%4$s" }
            disable_update_check = true
            """
                .formatted(
                    port,
                    rpcPort,
                    FreePort.next(),
                    consul.address(),
                    folders.state("nomad/server")));
    Path moreConfig = folders.write("nomad/more.hcl", access.configuration("server") + more);
    program =
        RunningProgram.start(
            "nomad server",
            folders.log("nomad-server"),
            folders.state("nomad"),
            Map.of(),
            List.of(
                Tools.program("nomad", "nomad"),
                "agent",
                "-config=" + config,
                "-config=" + moreConfig));
  }

  /** Ready is a server that can sign identities: a node it refuses before asks again only later. */
  void awaitReady() {
    program.awaitReady(() -> !rest().get("/.well-known/jwks.json").path("keys").isEmpty());
  }

  /** Makes the first administrator, who asks from now on. */
  void bootstrap() {
    access.token(rest().post("/v1/acl/bootstrap", Map.of()).path("SecretID").asText());
  }

  public Rest rest() {
    return access.rest(port);
  }

  public NomadAccess access() {
    return access;
  }

  public int port() {
    return port;
  }

  public String address() {
    return access.address(port);
  }

  String rpcAddress() {
    return "127.0.0.1:" + rpcPort;
  }

  public RunningProgram program() {
    return program;
  }

  /** The jobs whose id starts so. */
  public List<JsonNode> jobs(String prefix) {
    return list(rest().get("/v1/jobs?meta=true&prefix=" + prefix));
  }

  public JsonNode job(String id) {
    return rest().get("/v1/job/" + id);
  }

  /** A job's allocations, the newest first. */
  public List<JsonNode> allocations(String job) {
    Stream<JsonNode> allocations =
        list(rest().get("/v1/job/" + job + "/allocations?all=true")).stream();
    return allocations.sorted((one, other) -> Long.compare(created(other), created(one))).toList();
  }

  /** The allocation of a job that runs now, once there is one. */
  public JsonNode awaitRunning(String job) {
    return Eventually.get(
            job + " runs",
            () ->
                allocations(job).stream()
                    .filter(one -> one.path("ClientStatus").asText().equals("running"))
                    .filter(one -> one.path("DesiredStatus").asText().equals("run"))
                    .toList(),
            running -> running.size() == 1)
        .get(0);
  }

  /** What the first task of an allocation printed on stdout. */
  public String output(JsonNode allocation) {
    String task = allocation.path("TaskStates").fieldNames().next();
    byte[] log =
        rest()
            .bytes(
                "/v1/client/fs/logs/%s?task=%s&type=stdout&plain=true"
                    .formatted(allocation.path("ID").asText(), task));
    return new String(log, StandardCharsets.UTF_8);
  }

  /** Waits until a job is dead and its tasks have ended too, which takes them a while longer. */
  public void awaitDead(String job) {
    Eventually.until(job + " is dead", () -> job(job).path("Status").asText().equals("dead"));
    Eventually.until(
        "the tasks of " + job + " have ended",
        () ->
            allocations(job).stream()
                .map(one -> one.path("ClientStatus").asText())
                .allMatch(List.of("complete", "failed", "lost")::contains));
  }

  public void stop(String job) {
    rest().delete("/v1/job/" + job);
  }

  public void stopAllocation(String allocation) {
    rest().put("/v1/allocation/" + allocation + "/stop", Map.of());
  }

  /** Drains a node at once: without a deadline batch jobs would be waited for. */
  public void drain(String node) {
    rest().put("/v1/node/" + node + "/drain", Map.of("DrainSpec", Map.of("Deadline", -1)));
  }

  /** Says whether a node may get new allocations; ends a drain. */
  public void eligible(String node, boolean eligible) {
    if (eligible) {
      rest().put("/v1/node/" + node + "/drain", Map.of("MarkEligible", true));
    }
    rest()
        .put(
            "/v1/node/" + node + "/eligibility",
            Map.of("Eligibility", eligible ? "eligible" : "ineligible"));
  }

  /** Registers a job written as Nomad's JSON, without our programs. */
  public void register(Map<String, Object> job) {
    rest().put("/v1/jobs", Map.of("Job", job));
  }

  private static long created(JsonNode allocation) {
    return allocation.path("CreateIndex").asLong();
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  @Override
  public void close() {
    program.close();
  }
}
