package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A process the tests started, its log, and everything it started itself. */
public final class RunningProgram implements AutoCloseable {
  /** Variables of the machine that would change what a server does. */
  private static final List<String> HIDDEN =
      List.of("NOMAD_", "CONSUL_", "MLFLOW_", "AWS_", "JAVA_TOOL_OPTIONS", "XDG_");

  private final String name;
  private final Process process;
  private final Path log;

  private RunningProgram(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Starts a command whose output goes to the end of a log. */
  public static RunningProgram start(
      String name, Path log, Path folder, Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(key -> HIDDEN.stream().anyMatch(key::startsWith));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      RunningProgram started = new RunningProgram(name, builder.start(), log);
      Runtime.getRuntime().addShutdownHook(new Thread(started::close));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException("could not start " + name, e);
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process and everything it started. */
  public Set<ProcessHandle> tree() {
    Set<ProcessHandle> tree = new HashSet<>();
    if (process.isAlive()) {
      tree.add(process.toHandle());
      process.descendants().forEach(tree::add);
    }
    return tree;
  }

  /** Sends a signal, such as {@code STOP}, to the process and everything it started. */
  public void signal(String signal) {
    Signal.send(signal, tree());
  }

  /** The exit code, once it ends by itself. */
  public int awaitExit() {
    try {
      if (!process.waitFor(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(name + " goes on; its output so far:\n" + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits for readiness; a server that ended instead is told with its log. */
  void awaitReady(java.util.concurrent.Callable<Boolean> ready) {
    Eventually.until(name + " is ready (log: " + log + ")", () -> !isAlive() || ready.call());
    if (!isAlive()) {
      throw new AssertionError(name + " ended with " + process.exitValue() + ":\n" + output());
    }
  }

  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills the process and everything it started; none can start another meanwhile. */
  @Override
  public void close() {
    Signal.killAll(new ArrayList<>(tree()));
  }
}
