package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The gateway as its job file runs it on a cluster, with Debian's nginx. */
public final class Gateway {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Cluster cluster;
  private final String job;
  private final int port = FreePort.next();

  private Gateway(Cluster cluster, String job) {
    this.cluster = cluster;
    this.job = job;
  }

  /** What a node's configuration says besides, so that the gateway may run there. */
  public static String nodeConfiguration() {
    return """
        client {
          meta { nomad_ml_platform_folder = "/tmp" }
          template {
            consul_retry {
              attempts    = 0
              max_backoff = "1s"
            }
          }
        }
        """;
  }

  /** Runs one under a job id of its own, with variables of the job file as {@code NAME=VALUE}. */
  public static Gateway start(Cluster cluster, String job, String... variables) {
    Gateway gateway = new Gateway(cluster, job);
    gateway.cluster.nomad().register(gateway.described(variables));
    Eventually.until("it has a configuration", () -> !gateway.serving().isEmpty());
    return gateway;
  }

  /** The job as Nomad reads its file. */
  private Map<String, Object> described(String... variables) {
    List<String> command =
        new ArrayList<>(List.of(Tools.program("nomad", "nomad"), "job", "run", "-output"));
    command.addAll(List.of("-var", "port=" + port));
    for (String variable : variables) {
      command.addAll(List.of("-var", variable));
    }
    command.add("nomad/platform/gateway.nomad.hcl");
    Folders folders = cluster.folders();
    RunningProgram read =
        RunningProgram.start(
            "nomad job run",
            folders.log(job + ".json"),
            folders.log(job + "-errors"),
            Repository.ROOT,
            Map.of("NOMAD_ADDR", cluster.nomad().address()),
            command);
    if (read.awaitExit() != 0) {
      throw new AssertionError(read.errors());
    }
    try {
      ObjectNode described = (ObjectNode) JSON.readTree(read.output()).path("Job");
      described.put("ID", job).put("Name", job);
      return JSON.convertValue(
          described, JSON.getTypeFactory().constructMapType(Map.class, String.class, Object.class));
    } catch (IOException e) {
      throw new UncheckedIOException(read.output(), e);
    }
  }

  public int port() {
    return port;
  }

  public JsonNode allocation() {
    return cluster.nomad().awaitRunning(job);
  }

  /** What its access log says, one request each, the oldest first. */
  public List<JsonNode> accesses() {
    List<JsonNode> accesses = new ArrayList<>();
    for (String line : log("stdout").lines().toList()) {
      try {
        accesses.add(JSON.readTree(line));
      } catch (IOException e) {
        throw new UncheckedIOException("not JSON: " + line, e);
      }
    }
    return accesses;
  }

  /** What it said of itself, and nginx of its configuration. */
  public String errors() {
    return log("stderr");
  }

  private String log(String type) {
    return read(
        "/v1/client/fs/logs/%s?task=gateway&type=%s&plain=true"
            .formatted(allocation().path("ID").asText(), type));
  }

  /** The configuration as Nomad rendered it last. */
  public String rendered() {
    return file("models.conf");
  }

  /** The configuration that nginx was told to take over last. */
  public String serving() {
    return file("good.conf");
  }

  private String file(String name) {
    return read(
        "/v1/client/fs/cat/%s?path=gateway/local/%s"
            .formatted(allocation().path("ID").asText(), name));
  }

  /** The file that Nomad renders, on this machine. */
  public Path renderedFile() {
    JsonNode allocation = allocation();
    return cluster
        .folders()
        .state(allocation.path("NodeName").asText())
        .resolve("data/alloc")
        .resolve(allocation.path("ID").asText())
        .resolve("gateway/local/models.conf");
  }

  private String read(String path) {
    return new String(cluster.nomad().rest().bytes(path), StandardCharsets.UTF_8);
  }
}
