package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** MLflow's Python with PyTorch beside it, as somebody has it who uses a model. */
public final class Python {
  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();

  /**
   * @param folder where scripts run and their logs are
   */
  public Python(Path folder) {
    this.folder = folder;
    environment.put("PYTHONPATH", packages().toString());
    environment.put("PATH", Tools.folder("mlflow") + ":" + System.getenv("PATH"));
    environment.put("HOME", folder.toString());
    environment.put("CUDA_VISIBLE_DEVICES", "");
    environment.put("GIT_PYTHON_REFRESH", "quiet");
  }

  public Python with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Runs a script of the test resources to its end and answers what it printed. */
  public String run(String script, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Tools.program("mlflow", "python3")));
    command.add(script(script).toString());
    command.addAll(List.of(arguments));
    Path output = file(script, ".out");
    Path errors = file(script, ".err");
    RunningProgram program =
        RunningProgram.start(script, output, errors, folder, environment, command);
    if (program.awaitExit() != 0) {
      throw new AssertionError(program.errors() + program.output());
    }
    return program.output();
  }

  /** Starts {@code mlflow models serve} of a model and waits until it answers. */
  public RunningProgram serve(String model, int port) {
    RunningProgram server =
        RunningProgram.start(
            "mlflow models serve",
            file("serve", ".log"),
            folder,
            environment,
            List.of(
                Tools.program("mlflow", "mlflow"),
                "models",
                "serve",
                "--model-uri=" + model,
                "--env-manager=local",
                "--host=127.0.0.1",
                "--port=" + port,
                "--workers=1"));
    server.awaitReady(() -> new Rest(port).bytes("/version").length > 0);
    return server;
  }

  private Path file(String name, String suffix) {
    try {
      return Files.createTempFile(folder, name, suffix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path script(String name) {
    Path script = folder.resolve(name);
    try (var resource =
        Objects.requireNonNull(Python.class.getResourceAsStream("/nomadml/system/" + name), name)) {
      Files.copy(resource, script, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return script;
  }

  private static Path packages() {
    Path library = Tools.folder("torch").resolveSibling("lib");
    try (Stream<Path> versions = Files.list(library)) {
      return versions.findFirst().orElseThrow().resolve("site-packages");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
