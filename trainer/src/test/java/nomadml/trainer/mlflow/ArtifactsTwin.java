package nomadml.trainer.mlflow;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import nomadml.trainer.HttpTwin.Answer;
import nomadml.trainer.HttpTwin.Request;

/** The artifacts of the run {@code abc} in experiment {@code 7}, as far as they are needed. */
final class ArtifactsTwin {
  static final String STORE = "/api/2.0/mlflow-artifacts/artifacts/7/abc/artifacts/";
  static final String URI_OF_RUN = "mlflow-artifacts:/7/abc/artifacts";
  static final Answer MISSING =
      new Answer(404, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"none\"}");

  /** A file that the server fails to send. */
  static final String BROKEN = "BROKEN";

  final Map<String, String> files = new TreeMap<>();

  Answer answer(Request request) {
    String path = request.path().replace(STORE, "");
    if (request.path().contains("/runs/get")) {
      return Answer.ok("{\"run\":{\"info\":{\"artifact_uri\":\"" + URI_OF_RUN + "\"}}}");
    }
    if (request.path().contains("/artifacts/list")) {
      String query = URI.create(request.path()).getQuery();
      String folder = query.substring(query.indexOf("path=") + 5);
      String parent = folder.isEmpty() ? "" : folder + "/";
      return list(parent, parent);
    }
    return switch (request.method()) {
      case "PUT" -> {
        files.put(path, request.body());
        yield Answer.ok("");
      }
      case "DELETE" -> {
        boolean there = files.keySet().removeIf(key -> (key + "/").startsWith(path + "/"));
        yield there ? Answer.ok("{}") : MISSING;
      }
      default -> {
        String body = files.get(path);
        yield body == null ? MISSING : body.equals(BROKEN) ? new Answer(500, "") : Answer.ok(body);
      }
    };
  }

  /**
   * What lies in a folder.
   *
   * @param shown stands before the names
   */
  Answer list(String parent, String shown) {
    return Answer.ok(
        files.keySet().stream()
            .filter(key -> key.startsWith(parent))
            .map(key -> key.substring(parent.length()).replaceFirst("/.*", "/"))
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .map(
                name ->
                    "{\"path\":\"%s\",\"is_dir\":%s}"
                        .formatted(shown + name.replace("/", ""), name.endsWith("/")))
            .collect(Collectors.joining(",", "{\"files\":[", "]}")));
  }
}
