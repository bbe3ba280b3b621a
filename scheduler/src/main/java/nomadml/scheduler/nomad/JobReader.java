package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.hashicorp.nomad.apimodel.AllocationMetric;
import com.hashicorp.nomad.javasdk.NomadJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.submit.Job;
import nomadml.spec.Launches;
import nomadml.spec.Names;

/** Reads our jobs, by two requests however many there are. */
record JobReader(NomadRest rest, String namespace) {
  private static final String OURS = "\"" + Names.META_SUBMISSION + "\" in Meta";

  /** Those whose id begins so, the newest first. */
  List<Job> read(String prefix) throws IOException {
    Map<String, String> parameters =
        new HashMap<>(Map.of("meta", "true", "namespace", namespace, "filter", OURS));
    if (!prefix.isEmpty()) {
      parameters.put("prefix", prefix);
    }
    JsonNode stubs = rest.get(parameters, "jobs").body();
    Map<String, List<String>> waiting = hasLiving(stubs) ? waiting() : Map.of();
    List<JsonNode> newest = new ArrayList<>();
    stubs.forEach(newest::add);
    newest.sort(Comparator.comparingLong(stub -> -stub.path("CreateIndex").asLong()));
    List<Job> jobs = new ArrayList<>();
    for (JsonNode stub : newest) {
      jobs.add(job(stub, waiting.getOrDefault(key(stub, "ID"), List.of())));
    }
    return jobs;
  }

  private static boolean hasLiving(JsonNode stubs) {
    for (JsonNode stub : stubs) {
      if (phase(stub) != Job.Phase.DEAD) {
        return true;
      }
    }
    return false;
  }

  private static Job job(JsonNode stub, List<String> waitingFor) {
    JsonNode meta = stub.path("Meta");
    return new Job(
        stub.path("ID").asText(),
        stub.path("Namespace").asText(),
        meta.path(Names.META_NAME).asText(),
        meta.path(Names.META_EXPERIMENT).asText(),
        Launches.submission(meta.path(Names.META_SUBMISSION).asText(), stub.path("ID").asText()),
        meta.path(Names.META_RUN).textValue(),
        stub.path("Periodic").asBoolean(),
        phase(stub),
        stub.path("Stop").asBoolean(),
        stub.path("Priority").asInt(),
        Nanoseconds.instant(stub.path("SubmitTime").asLong()),
        phase(stub) == Job.Phase.DEAD ? List.of() : waitingFor);
  }

  private static Job.Phase phase(JsonNode stub) {
    return switch (stub.path("Status").asText()) {
      case "running" -> Job.Phase.RUNNING;
      case "dead" -> Job.Phase.DEAD;
      default -> Job.Phase.PENDING;
    };
  }

  /** What keeps jobs from being placed, by namespace and id. */
  private Map<String, List<String>> waiting() throws IOException {
    Map<String, List<String>> waiting = new HashMap<>();
    Map<String, String> blocked = Map.of("namespace", namespace, "status", "blocked");
    for (JsonNode evaluation : rest.get(blocked, "evaluations").body()) {
      List<String> reasons = new ArrayList<>();
      for (JsonNode metric : evaluation.path("FailedTGAllocs")) {
        reasons.addAll(
            PlacementReasons.of(NomadJson.deserialize(metric.toString(), AllocationMetric.class)));
      }
      waiting.put(key(evaluation, "JobID"), reasons);
    }
    return waiting;
  }

  private static String key(JsonNode of, String id) {
    return of.path("Namespace").asText() + "/" + of.path(id).asText();
  }
}
