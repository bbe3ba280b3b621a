package nomadml.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;

/** The CLI as a user runs it: its own process, its own home, and only the agents' addresses. */
final class SubmitJob {
  private static final AtomicInteger CALLS = new AtomicInteger();

  private final Path logs;
  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();

  private SubmitJob(Path logs, Path folder) {
    this.logs = logs;
    this.folder = folder;
    environment.put("HOME", folder.toString());
    environment.put("NOMAD_ML_STATE", folder.resolve("state").toString());
    environment.put("NO_COLOR", "1");
  }

  /** The CLI of somebody who knows where Nomad and Consul are. */
  static SubmitJob on(Cluster cluster, Path folder) {
    return new SubmitJob(cluster.folders().log("submit-job"), folder)
        .with("NOMAD_ADDR", cluster.nomad().address())
        .with("CONSUL_HTTP_ADDR", "http://" + cluster.consul().address());
  }

  /** The CLI of somebody without a cluster. */
  static SubmitJob alone(Path folder) {
    return new SubmitJob(folder.resolve("submit-job.log"), folder);
  }

  SubmitJob with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Runs it to its end. */
  Called call(String... arguments) {
    RunningProgram program = start(arguments);
    int exitCode = program.awaitExit();
    return new Called(exitCode, program.output());
  }

  RunningProgram start(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Repository.file("submit-job").toString());
    command.addAll(List.of(arguments));
    Path log = logs.resolveSibling("submit-job-%03d.log".formatted(CALLS.incrementAndGet()));
    return RunningProgram.start("submit-job", log, folder, environment, command);
  }

  /** What a call came to: stdout and stderr together, as a terminal shows them. */
  record Called(int exitCode, String output) {}
}
