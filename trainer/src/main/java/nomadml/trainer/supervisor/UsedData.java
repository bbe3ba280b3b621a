package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.Json;
import nomadml.spec.Location;
import nomadml.spec.Train;
import nomadml.trainer.report.Dataset;
import org.jspecify.annotations.Nullable;

/** What the worker says of its data, as data sets of the run. */
final class UsedData {
  /** The fact that holds the columns and types; no tag of the run. */
  static final String SCHEMA = "data_schema";

  private final Location location;
  private final String sha256;
  private final @Nullable String schema;
  private final List<Dataset> used = new ArrayList<>();

  private UsedData(Location location, String sha256, @Nullable String schema) {
    this.location = location;
    this.sha256 = sha256;
    this.schema = schema;
  }

  /** The training part and, if there is one, the validation part. */
  static List<Dataset> of(Train.Data data, Map<String, String> facts) {
    String sha256 = facts.getOrDefault("data_sha256", "");
    if (sha256.isEmpty()) {
      return List.of();
    }
    String schema = facts.getOrDefault(SCHEMA, "");
    UsedData parts =
        new UsedData(Location.parse(data.path()), sha256, schema.isEmpty() ? null : schema);
    parts.add(facts.get("train_rows"), "training");
    parts.add(facts.get("validation_rows"), "validation");
    return parts.used;
  }

  /** One name and digest is one data set to MLflow: the parts are told apart by their names. */
  private void add(@Nullable String rows, String context) {
    if (rows == null || !rows.matches("\\d{1,18}") || rows.equals("0")) {
      return;
    }
    String shown = location.shown().replaceAll("/+$", "");
    String name = shown.substring(shown.lastIndexOf('/') + 1);
    Map<String, String> source = new LinkedHashMap<>();
    source.put(location instanceof Location.Web ? "url" : "uri", location.shown());
    source.put("sha256", sha256);
    used.add(
        new Dataset(
            context.equals("training") ? name : "%s (%s)".formatted(name, context),
            sha256,
            type(location),
            source,
            schema,
            profile(Long.parseLong(rows)),
            context));
  }

  /** Rows, and of a table its columns and cells too. */
  private Map<String, Long> profile(long rows) {
    Map<String, Long> profile = new LinkedHashMap<>();
    profile.put("num_rows", rows);
    long columns = columns();
    if (columns > 0) {
      profile.put("num_columns", columns);
      profile.put("num_elements", rows * columns);
    }
    return profile;
  }

  private int columns() {
    try {
      return schema == null ? 0 : Json.MAPPER.readTree(schema).path("mlflow_colspec").size();
    } catch (JsonProcessingException e) {
      return 0; // A worker of another version.
    }
  }

  /** MLflow has no type for {@code runs:/}; as a local one its Python opens it. */
  private static String type(Location location) {
    if (location instanceof Location.Web) {
      return "http";
    }
    return location instanceof Location.Bucket ? "s3" : "local";
  }
}
