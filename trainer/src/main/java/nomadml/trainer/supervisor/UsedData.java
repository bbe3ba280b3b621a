package nomadml.trainer.supervisor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.Location;
import nomadml.spec.Train;
import nomadml.trainer.report.Dataset;
import org.jspecify.annotations.Nullable;

/** What the worker says of its data, as data sets of the run. */
final class UsedData {
  private UsedData() {}

  /** The training part and, if there is one, the validation part. */
  static List<Dataset> of(Train.Data data, Map<String, String> facts) {
    String sha256 = facts.getOrDefault("data_sha256", "");
    if (sha256.isEmpty()) {
      return List.of();
    }
    Location location = Location.parse(data.path());
    List<Dataset> used = new ArrayList<>();
    add(used, location, sha256, facts.get("train_rows"), "training");
    add(used, location, sha256, facts.get("validation_rows"), "validation");
    return used;
  }

  /** One name and digest is one data set to MLflow: the parts are told apart by their names. */
  private static void add(
      List<Dataset> used, Location location, String sha256, @Nullable String rows, String context) {
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
            Map.of("num_rows", Long.valueOf(rows)),
            context));
  }

  private static String type(Location location) {
    if (location instanceof Location.Web) {
      return "http";
    }
    if (location instanceof Location.Bucket) {
      return "s3";
    }
    return location instanceof Location.Local ? "local" : "runs";
  }
}
