package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Job;
import org.jspecify.annotations.Nullable;

/** Reads the allocations of a job. */
record AllocationReader(NomadRest rest) {
  private static final String TERMINATED = "Terminated";

  /** The oldest first. */
  List<Allocation> read(Job job) throws IOException {
    List<JsonNode> stubs = new ArrayList<>();
    rest.get(Map.of("namespace", job.namespace()), "job", job.id(), "allocations")
        .body()
        .forEach(stubs::add);
    stubs.sort(Comparator.comparingLong(stub -> stub.path("CreateIndex").asLong()));
    return stubs.stream().map(AllocationReader::allocation).toList();
  }

  static Allocation allocation(JsonNode stub) {
    return allocation(stub, TaskTranslation.NAME);
  }

  static Allocation allocation(JsonNode stub, String name) {
    JsonNode task = stub.path("TaskStates").path(name);
    JsonNode end = task.path("State").asText().equals("dead") ? end(task) : null;
    String desired = stub.path("DesiredStatus").asText();
    return new Allocation(
        stub.path("ID").asText(),
        stub.path("JobID").asText(),
        stub.path("Namespace").asText(),
        stub.path("NodeID").asText(),
        stub.path("NodeName").asText(),
        status(stub),
        desired,
        stub.path("DesiredDescription").asText(),
        desired.equals("evict") || !stub.path("PreemptedByAllocation").asText("").isEmpty(),
        number(end, "exit_code"),
        number(end, "signal"),
        Nanoseconds.instant(stub.path("CreateTime").asLong()),
        events(task));
  }

  private static Allocation.Status status(JsonNode stub) {
    String status = stub.path("ClientStatus").asText().toUpperCase(Locale.ROOT);
    try {
      return Allocation.Status.valueOf(status);
    } catch (IllegalArgumentException e) {
      return Allocation.Status.UNKNOWN; // A status of a newer Nomad.
    }
  }

  /** The last time its process ended. */
  private static @Nullable JsonNode end(JsonNode task) {
    JsonNode last = null;
    for (JsonNode event : task.path("Events")) {
      if (event.path("Type").asText().equals(TERMINATED)) {
        last = event;
      }
    }
    return last;
  }

  private static @Nullable Integer number(@Nullable JsonNode event, String detail) {
    String text = event == null ? "" : event.path("Details").path(detail).asText("");
    return text.matches("\\d{1,9}") ? Integer.valueOf(text) : null;
  }

  private static List<Allocation.Event> events(JsonNode task) {
    List<Allocation.Event> events = new ArrayList<>();
    for (JsonNode event : task.path("Events")) {
      events.add(
          new Allocation.Event(
              event.path("Type").asText(),
              Nanoseconds.instant(event.path("Time").asLong()),
              event.path("DisplayMessage").asText(),
              event.path("Details").path("oom_killed").asText("").equals("true")));
    }
    return events;
  }
}
