package nomadml.system.servers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Python's web server over a folder. */
public final class FileServer implements AutoCloseable {
  private final int port;
  private final RunningProgram program;

  private FileServer(Path folder, int port, Path log) {
    this.port = port;
    program =
        RunningProgram.start(
            "file server",
            log,
            folder,
            Map.of(),
            List.of(
                Tools.program("mlflow", "python3"),
                "-m",
                "http.server",
                Integer.toString(port),
                "--bind=127.0.0.1"));
    program.awaitReady(() -> new Rest(port).bytes("/").length > 0);
  }

  /** Serves the files of a folder, on this machine only. */
  public static FileServer start(Path folder, int port, Path log) {
    return new FileServer(folder, port, log);
  }

  /** The address of one of the files. */
  public String address(String file) {
    return "http://127.0.0.1:" + port + "/" + file;
  }

  @Override
  public void close() {
    program.close();
  }
}
