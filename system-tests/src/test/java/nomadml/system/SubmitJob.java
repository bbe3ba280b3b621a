package nomadml.system;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Installation;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;

/** The CLI as a user runs it: its own process, its own home, and only the agents' addresses. */
final class SubmitJob {
  private final AtomicInteger calls = new AtomicInteger();
  private final Path folder;
  private final Path logs;
  private final Map<String, String> environment = new HashMap<>();

  private SubmitJob(Path folder, Path logs) {
    this.folder = folder;
    this.logs = logs;
    environment.put("HOME", folder.toString());
    environment.put("NOMAD_ML_STATE", folder.resolve("state").toString());
    environment.put("NOMAD_ML_CACHE", Repository.cache().toString());
    environment.put("NO_COLOR", "1");
  }

  /**
   * The CLI of somebody who knows where Nomad and Consul are; a name for each home and its logs.
   */
  static SubmitJob on(Cluster cluster, String name) {
    return new SubmitJob(
            cluster.folders().state("home-" + name), cluster.folders().log("submit-job-" + name))
        .with("NOMAD_ADDR", cluster.nomad().address())
        .with("CONSUL_HTTP_ADDR", "http://" + cluster.consul().address());
  }

  /** The CLI of somebody who uses what setup.sh has started. */
  static SubmitJob on(Installation installation, String name) {
    return new SubmitJob(
            installation.folders().state("home-" + name),
            installation.folders().log("submit-job-" + name))
        .with("NOMAD_ADDR", installation.address("NOMAD"))
        .with("CONSUL_HTTP_ADDR", installation.address("CONSUL"));
  }

  /** The CLI of somebody without a cluster. */
  static SubmitJob alone(Path folder) {
    return new SubmitJob(folder, folder.resolve("submit-job.log"));
  }

  SubmitJob with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  SubmitJob without(String variable) {
    environment.remove(variable);
    return this;
  }

  /** Where it is called, and where its home is. */
  Path folder() {
    return folder;
  }

  /** Runs it to its end. */
  Called call(String... arguments) {
    RunningProgram program = start(arguments);
    int exitCode = program.awaitExit();
    return new Called(List.of(arguments), exitCode, program.output(), program.errors());
  }

  /** Runs it to its end, which must be a good one. */
  Called succeed(String... arguments) {
    Called called = call(arguments);
    if (called.exitCode() != 0) {
      throw new AssertionError(called.toString());
    }
    return called;
  }

  /** Submits a job and leaves it; more arguments, such as overrides, follow the job file. */
  JsonNode submit(Path jobFile, String... more) {
    return succeed(joined(List.of(jobFile.toString(), "--detach", "-o", "json"), more)).json();
  }

  RunningProgram start(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Repository.file("submit-job").toString());
    command.addAll(List.of(arguments));
    String call = logs.getFileName() + "-%02d".formatted(calls.incrementAndGet());
    return RunningProgram.start(
        "submit-job " + String.join(" ", arguments),
        logs.resolveSibling(call + ".out"),
        logs.resolveSibling(call + ".err"),
        folder,
        environment,
        command);
  }

  static String[] joined(List<String> first, String... more) {
    List<String> all = new ArrayList<>(first);
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  /** What a call came to. */
  record Called(List<String> arguments, int exitCode, String output, String errors) {
    /** What a terminal shows, but for the order. */
    String shown() {
      return errors + output;
    }

    /** The output of a call with {@code -o json}. */
    JsonNode json() {
      try {
        return new ObjectMapper().readTree(output);
      } catch (JsonProcessingException e) {
        throw new AssertionError("not JSON: " + this, e);
      }
    }

    @Override
    public String toString() {
      return "submit-job %s → %d\n%s".formatted(String.join(" ", arguments), exitCode, shown());
    }
  }
}
