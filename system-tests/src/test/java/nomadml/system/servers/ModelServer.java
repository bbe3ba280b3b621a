package nomadml.system.servers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The model server under test, as a process of its own. */
public final class ModelServer implements AutoCloseable {
  private final int port;
  private final RunningProgram program;

  private ModelServer(int port, RunningProgram program) {
    this.port = port;
    this.program = program;
  }

  /** Starts it and waits until it is ready. */
  public static ModelServer start(
      Path folder, Map<String, String> environment, String model, String... options) {
    ModelServer server = launch(folder, environment, model, options);
    server.program.awaitReady(() -> new Rest(server.port).bytes("/health").length > 0);
    return server;
  }

  /** Starts it; it may not get far. */
  public static ModelServer launch(
      Path folder, Map<String, String> environment, String model, String... options) {
    int port = FreePort.next();
    Map<String, String> all = new HashMap<>(environment);
    all.putIfAbsent("NOMAD_ML_CACHE", folder.resolve("cache").toString());
    all.putIfAbsent("DJL_CACHE_DIR", Repository.cache().resolve("djl").toString());
    all.putIfAbsent("NOMAD_ML_MODE", "local");
    all.putIfAbsent("HOME", folder.toString());
    List<String> command = new ArrayList<>();
    command.add(Repository.file("serving/target/serving/bin/serving").toString());
    command.addAll(List.of("--model", model, "--port", Integer.toString(port)));
    command.addAll(List.of(options));
    String name = "serving-" + port;
    return new ModelServer(
        port,
        RunningProgram.start(
            name,
            folder.resolve(name + ".out"),
            folder.resolve(name + ".err"),
            folder,
            all,
            command));
  }

  public int port() {
    return port;
  }

  public Rest rest() {
    return new Rest(port);
  }

  public RunningProgram program() {
    return program;
  }

  @Override
  public void close() {
    program.close();
  }
}
