package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What {@code setup.sh} makes of a machine, on free ports and in a folder of its own. */
public final class Installation implements AutoCloseable {
  private static final List<String> PORTS =
      List.of(
          "CONSUL_HTTP_PORT",
          "CONSUL_DNS_PORT",
          "CONSUL_RPC_PORT",
          "CONSUL_SERF_PORT",
          "NOMAD_HTTP_PORT",
          "NOMAD_RPC_PORT",
          "NOMAD_SERF_PORT",
          "MLFLOW_PORT",
          "PUSHGATEWAY_PORT",
          "PROMETHEUS_PORT",
          "NODE_EXPORTER_PORT",
          "BLACKBOX_EXPORTER_PORT");

  private final AtomicInteger calls = new AtomicInteger();
  private final Folders folders = new Folders("setup");
  private final Map<String, String> environment = new HashMap<>();

  public Installation() {
    PORTS.forEach(name -> environment.put(name, String.valueOf(FreePort.next())));
    environment.put("NOMAD_ML_STATE_DIR", state().toString());
    environment.put("BACKUP_REPOSITORY", folders.state("backups").toString());
    environment.put("NOMAD_ML_CACHE", Repository.cache().toString());
    environment.put("NO_COLOR", "1");
  }

  /** Types {@code ./setup.sh} with a variable more in the environment. */
  public Installation with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  public Installation with(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  /** Takes variables out of the environment again. */
  public Installation without(Collection<String> variables) {
    environment.keySet().removeAll(variables);
    return this;
  }

  /** Runs {@code setup.sh} to its end. */
  public Called call(String... words) {
    List<String> command = new ArrayList<>(List.of(Repository.file("setup.sh").toString()));
    command.addAll(List.of(words));
    String name = "setup-" + calls.incrementAndGet() + "-" + String.join("-", words);
    RunningProgram program =
        RunningProgram.start(
            "setup.sh " + String.join(" ", words),
            folders.log(name),
            folders.log(name + "-errors"),
            folders.state("elsewhere"),
            environment,
            command);
    return new Called(command, program.awaitExit(), program.output(), program.errors());
  }

  /** Runs it to a good end, and gives its output. */
  public String succeed(String... words) {
    Called called = call(words);
    if (called.exitCode() != 0) {
      throw new AssertionError(called.toString());
    }
    return called.output();
  }

  public Folders folders() {
    return folders;
  }

  public Path state() {
    return folders.state("installation");
  }

  public Rest nomad() {
    return new Rest(port("NOMAD"));
  }

  public Rest consul() {
    return new Rest(port("CONSUL"));
  }

  public Rest mlflow() {
    return new Rest(Integer.parseInt(environment.getOrDefault("MLFLOW_PORT", "")));
  }

  /** The address that a client names. */
  public String address(String server) {
    return "http://127.0.0.1:" + port(server);
  }

  private int port(String server) {
    return Integer.parseInt(environment.getOrDefault(server + "_HTTP_PORT", ""));
  }

  /** The processes of a service that Nomad runs. */
  public List<ProcessHandle> processes(String service) {
    return Processes.mentioning(state() + "/").stream()
        .filter(one -> Processes.environment(one).contains("NOMAD_JOB_NAME=" + service + "\n"))
        .toList();
  }

  /** The process of Consul or Nomad. */
  public ProcessHandle agent(String name) {
    try {
      String pid = Files.readString(state().resolve(name + ".pid")).strip();
      return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    call("down", "--volumes");
    folders.close();
  }

  /** A call that has ended. */
  public record Called(List<String> command, int exitCode, String output, String errors) {
    @Override
    public String toString() {
      return String.join(" ", command) + " → " + exitCode + "\n" + errors + output;
    }
  }
}
