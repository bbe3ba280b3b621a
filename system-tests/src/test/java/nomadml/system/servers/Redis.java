package nomadml.system.servers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real Redis with little memory, and its exporter, which a Prometheus finds in Consul. */
public final class Redis implements AutoCloseable {
  private static final String PASSWORD = "a-password-of-tests";

  private final int port = FreePort.next();
  private final int exporterPort = FreePort.next();
  private final Folders folders;
  private final RunningProgram program;
  private final RunningProgram exporter;

  private Redis(Folders folders) {
    this.folders = folders;
    Path config =
        folders.write(
            "redis/redis.conf",
            """
            bind 127.0.0.1
            port %d
            requirepass %s
            maxmemory 16mb
            maxmemory-policy noeviction
            save ""
            """
                .formatted(port, PASSWORD));
    program =
        RunningProgram.start(
            "redis-server",
            folders.log("redis"),
            folders.state("redis"),
            Map.of(),
            List.of("redis-server", config.toString()));
    Path passwords =
        folders.write("redis/passwords.json", "{\"%s\": \"%s\"}".formatted(address(), PASSWORD));
    exporter =
        RunningProgram.start(
            "redis_exporter",
            folders.log("redis-exporter"),
            folders.state("redis"),
            Map.of("REDIS_ADDR", address(), "REDIS_PASSWORD_FILE", passwords.toString()),
            List.of(
                Tools.program("redis_exporter", "redis_exporter"),
                "--web.listen-address=127.0.0.1:" + exporterPort));
  }

  /** Starts both beside a cluster and ends them with the cluster. */
  public static Redis beside(Cluster cluster) {
    Redis redis = new Redis(cluster.folders());
    cluster.before(redis::close);
    redis.program.awaitReady(() -> redis.client("redis-cli", "PING").awaitExit() == 0);
    redis.exporter.awaitReady(() -> new Rest(redis.exporterPort).bytes("/health").length > 0);
    cluster.consul().registerWithMetrics("redis-exporter", redis.exporterPort, "/health");
    return redis;
  }

  private String address() {
    return "redis://127.0.0.1:" + port;
  }

  /** Runs a command of redis-cli, or redis-benchmark with its options. */
  public RunningProgram client(String client, String... arguments) {
    List<String> command = new ArrayList<>(List.of(client, "-h", "127.0.0.1", "-p", "" + port));
    if (client.equals("redis-benchmark")) {
      command.addAll(List.of("-a", PASSWORD)); // it reads no variable
    }
    command.addAll(List.of(arguments));
    return RunningProgram.start(
        client,
        folders.log(client),
        folders.state("redis"),
        Map.of("REDISCLI_AUTH", PASSWORD),
        command);
  }

  /** Ends the server; its exporter stays. */
  public void stop() {
    program.close();
  }

  /** What the exporter says now. */
  public byte[] metrics() {
    return new Rest(exporterPort).bytes("/metrics");
  }

  @Override
  public void close() {
    exporter.close();
    program.close();
  }
}
