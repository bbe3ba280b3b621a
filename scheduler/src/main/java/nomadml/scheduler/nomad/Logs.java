package nomadml.scheduler.nomad;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;

/** Opens logs, through the server: a client need not be reachable from here. */
record Logs(NomadRest rest) {
  InputStream open(Allocation allocation, Cluster.Stream stream, long offset, boolean follow)
      throws IOException {
    Map<String, String> parameters = new HashMap<>();
    parameters.put("namespace", allocation.namespace());
    parameters.put("task", TaskTranslation.NAME);
    parameters.put("type", stream.name().toLowerCase(Locale.ROOT));
    parameters.put("origin", "start");
    parameters.put("offset", Long.toString(offset));
    parameters.put("follow", Boolean.toString(follow));
    parameters.put("plain", Boolean.toString(!follow));
    InputStream body = rest.stream(parameters, "client", "fs", "logs", allocation.id());
    return follow ? new LogStream(rest, allocation, body, System::nanoTime) : body;
  }
}
