package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** An MLflow run as its server tells it, now. */
public final class Run {
  /** One value of a metric. */
  public record Point(long step, double value, long timestamp) {}

  private final Mlflow mlflow;
  private final String id;

  Run(Mlflow mlflow, String id) {
    this.mlflow = mlflow;
    this.id = id;
  }

  public String id() {
    return id;
  }

  public JsonNode json() {
    return mlflow.rest().get("/api/2.0/mlflow/runs/get?run_id=" + id).path("run");
  }

  /** RUNNING, FINISHED … */
  public String status() {
    return json().at("/info/status").asText();
  }

  public void awaitStatus(String status) {
    Eventually.get("run " + id + " is " + status, this::status, status::equals);
  }

  public String tag(String key) {
    return value("tags", key);
  }

  public String param(String key) {
    return value("params", key);
  }

  /** The last value of a metric. */
  public double metric(String key) {
    List<Point> points = history(key);
    return points.get(points.size() - 1).value();
  }

  /** Every value of a metric, by step. */
  public List<Point> history(String key) {
    List<Point> points = new ArrayList<>();
    String page = "";
    do {
      JsonNode answer =
          mlflow
              .rest()
              .get(
                  "/api/2.0/mlflow/metrics/get-history?max_results=1000&run_id="
                      + id
                      + "&metric_key="
                      + Rest.encode(key)
                      + page);
      for (JsonNode metric : answer.path("metrics")) {
        points.add(
            new Point(
                metric.path("step").asLong(),
                metric.path("value").asDouble(),
                metric.path("timestamp").asLong()));
      }
      String next = answer.path("next_page_token").asText();
      page = next.isEmpty() ? "" : "&page_token=" + Rest.encode(next);
    } while (!page.isEmpty());
    points.sort((one, other) -> Long.compare(one.step(), other.step()));
    return points;
  }

  /** The paths of the files in a folder of the run's artifacts, at any depth. */
  public List<String> artifacts(String folder) {
    List<String> files = new ArrayList<>();
    String query = folder.isEmpty() ? "" : "&path=" + Rest.encode(folder);
    for (JsonNode file :
        mlflow.rest().get("/api/2.0/mlflow/artifacts/list?run_id=" + id + query).path("files")) {
      String path = file.path("path").asText();
      if (file.path("is_dir").asBoolean()) {
        files.addAll(artifacts(path));
      } else {
        files.add(path);
      }
    }
    return files;
  }

  public byte[] artifact(String path) {
    String experiment = json().at("/info/experiment_id").asText();
    return mlflow
        .rest()
        .bytes(
            "/api/2.0/mlflow-artifacts/artifacts/%s/%s/artifacts/%s"
                .formatted(experiment, id, path));
  }

  private String value(String kind, String key) {
    for (JsonNode pair : json().path("data").path(kind)) {
      if (pair.path("key").asText().equals(key)) {
        return pair.path("value").asText();
      }
    }
    return "";
  }
}
