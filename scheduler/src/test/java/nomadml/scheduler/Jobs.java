package nomadml.scheduler;

import java.time.Instant;
import java.util.List;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Allocation.Event;
import nomadml.scheduler.submit.Allocation.Status;
import nomadml.scheduler.submit.Job;
import nomadml.spec.Launches;
import org.jspecify.annotations.Nullable;

/** Jobs and allocations for tests. */
public final class Jobs {
  public static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  public static final String ID = "digits-1a2b3c4d";

  private Jobs() {}

  public static Job job(Job.Phase phase, String... waitingFor) {
    return job(ID, phase, false, waitingFor);
  }

  public static Job stopped() {
    return job(ID, Job.Phase.DEAD, true);
  }

  public static Job job(String id, Job.Phase phase, boolean stopped, String... waitingFor) {
    return new Job(
        id,
        "default",
        "digits",
        "digits",
        "submission-of-" + id,
        "run-of-" + id,
        false,
        phase,
        stopped,
        50,
        START,
        List.of(waitingFor));
  }

  /** A job that only starts others. */
  public static Job schedule(boolean stopped) {
    Job.Phase phase = stopped ? Job.Phase.DEAD : Job.Phase.RUNNING;
    return withoutRun("nightly-1", true, phase, stopped);
  }

  /** One that the schedule started, so many seconds after 1970. */
  public static Job launch(long second, Job.Phase phase, boolean stopped) {
    return withoutRun("nightly-1/periodic-" + second, false, phase, stopped);
  }

  private static Job withoutRun(String id, boolean schedule, Job.Phase phase, boolean stopped) {
    return new Job(
        id,
        "default",
        "nightly",
        "digits",
        Launches.submission("5b", id),
        null,
        schedule,
        phase,
        stopped,
        50,
        START,
        List.of());
  }

  /** The n-th allocation, on node-n. */
  public static Allocation running(int number) {
    return allocation(number, Status.RUNNING, "run", "", null, event("Started", ""));
  }

  public static Allocation exited(int number, int code) {
    Status status = code == 0 ? Status.COMPLETE : Status.FAILED;
    return allocation(
        number, status, "run", "", code, event("Started", ""), event("Terminated", ""));
  }

  public static Allocation drained(int number) {
    Event started = event("Started", "");
    return allocation(number, Status.COMPLETE, "stop", "alloc is being migrated", 143, started);
  }

  public static Allocation allocation(
      int number,
      Status status,
      String desired,
      String reason,
      @Nullable Integer exitCode,
      Event... events) {
    return new Allocation(
        number + "0000000-aaaa-bbbb-cccc-dddddddddddd",
        ID,
        "default",
        "node-id-" + number,
        "node-" + number,
        status,
        desired,
        reason,
        desired.equals("evict"),
        exitCode,
        null,
        START.plusSeconds(number),
        List.of(events));
  }

  public static Event event(String type, String message) {
    return new Event(type, START.plusSeconds(60), message, false);
  }
}
