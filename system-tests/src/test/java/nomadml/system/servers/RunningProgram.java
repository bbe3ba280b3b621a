package nomadml.system.servers;

import java.io.File;
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
  private final Path output;
  private final Path errors;

  private RunningProgram(String name, Process process, Path output, Path errors) {
    this.name = name;
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /** Starts a command whose output goes to the end of a log. */
  public static RunningProgram start(
      String name, Path log, Path folder, Map<String, String> environment, List<String> command) {
    return start(name, log, log, folder, environment, command);
  }

  /** Starts a command whose output and errors go to the ends of two files, or of the same. */
  public static RunningProgram start(
      String name,
      Path output,
      Path errors,
      Path folder,
      Map<String, String> environment,
      List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(key -> HIDDEN.stream().anyMatch(key::startsWith));
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectErrorStream(output.equals(errors));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    if (!output.equals(errors)) {
      builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
    }
    try {
      Files.createDirectories(output.toAbsolutePath().getParent());
      Files.createDirectories(errors.toAbsolutePath().getParent());
      RunningProgram started = new RunningProgram(name, builder.start(), output, errors);
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
        throw new AssertionError(name + " goes on; its output so far:\n" + everything());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits for readiness; a server that ended instead is told with its log. */
  void awaitReady(java.util.concurrent.Callable<Boolean> ready) {
    Eventually.until(name + " is ready (log: " + output + ")", () -> !isAlive() || ready.call());
    if (!isAlive()) {
      throw new AssertionError(name + " ended with " + process.exitValue() + ":\n" + everything());
    }
  }

  /** What it printed so far. */
  public String output() {
    return read(output);
  }

  /** What it printed on stderr so far; the same as {@link #output} when both go to one file. */
  public String errors() {
    return read(errors);
  }

  private String everything() {
    return output.equals(errors) ? output() : errors() + output();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
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
