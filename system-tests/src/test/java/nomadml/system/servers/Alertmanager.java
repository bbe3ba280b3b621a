package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real Alertmanager with the repository's configuration, only that it waits a second at most. */
public final class Alertmanager implements AutoCloseable {
  private final int port = FreePort.next();
  private final RunningProgram program;

  /** Starts one that is told where alerts go as {@code prometheus/alertmanager.sh} says. */
  Alertmanager(Folders folders, Map<String, String> environment) {
    Map<String, String> waits = new HashMap<>(environment);
    waits.put("ALERTMANAGER", Tools.program("alertmanager", "alertmanager"));
    Path config = folders.state("alertmanager").resolve("alertmanager.yml");
    program =
        RunningProgram.start(
            "alertmanager",
            folders.log("alertmanager"),
            folders.state("alertmanager"),
            waits,
            List.of(
                "/bin/sh",
                "-c",
                """
                set -eu
                sh "$0" | sed -E 's/^( +group_(wait|interval):).*/\\1 1s/' >"$1"
                exec "$ALERTMANAGER" --config.file="$1" --storage.path=data \\
                  --web.listen-address="$2" --cluster.listen-address=
                """,
                Repository.file("prometheus/alertmanager.sh").toString(),
                config.toString(),
                "127.0.0.1:" + port));
  }

  void awaitReady(Consul consul) {
    program.awaitReady(() -> rest().bytes("/-/ready").length > 0);
    consul.registerWithMetrics("alertmanager", port, "/-/ready");
  }

  public Rest rest() {
    return new Rest(port);
  }

  /** The alerts it holds, each with its labels, annotations and state. */
  public JsonNode alerts() {
    return rest().get("/api/v2/alerts");
  }

  @Override
  public void close() {
    program.close();
  }
}
