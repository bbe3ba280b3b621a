package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Clock;
import java.util.List;
import nomadml.scheduler.follow.Wording;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * All there is to know about one job.
 *
 * @param launches what it started last, if it is a schedule; the newest first
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobReport(
    JobState job,
    List<Allocation> allocations,
    List<JobState> launches,
    @Nullable Run run,
    Links links) {
  private static final int EVENTS = 6;

  String text(Clock clock) {
    Job known = job.job();
    StringBuilder text = new StringBuilder(known.id() + "  " + job.word() + "\n");
    line(text, "experiment", known.experiment());
    line(text, "submitted", Age.of(known.submitted(), clock));
    line(text, "waits for", String.join("; ", known.waitingFor()));
    if (!allocations.isEmpty()) {
      Allocation last = allocations.get(allocations.size() - 1);
      line(text, "node", last.nodeName() + " (allocation " + last.id() + ")");
      line(text, "placements", allocations.size() > 1 ? "" + allocations.size() : "");
    }
    if (run != null) {
      line(text, "attempt", run.tags().getOrDefault(Names.TAG_ATTEMPT, ""));
      line(text, "device", run.tags().getOrDefault(Names.TAG_DEVICE, ""));
      line(text, "evidence", run.tags().getOrDefault(Names.TAG_EVIDENCE, ""));
    }
    for (JobState launch : launches) {
      String started = Age.of(launch.job().submitted(), clock);
      line(text, "run", "%s  %s, %s".formatted(launch.job().id(), launch.word(), started));
    }
    Wording.metrics(job.metrics()).forEach(metric -> line(text, "metric", metric));
    text.append(links.text());
    if (!allocations.isEmpty()) {
      events(text, allocations.get(allocations.size() - 1), clock);
    }
    return text.toString();
  }

  private static void events(StringBuilder text, Allocation allocation, Clock clock) {
    List<Allocation.Event> events = allocation.events();
    for (var event : events.subList(Math.max(0, events.size() - EVENTS), events.size())) {
      line(text, Age.of(event.time(), clock), event.type() + "  " + event.message());
    }
  }

  private static void line(StringBuilder text, String name, String value) {
    if (!value.isBlank()) {
      text.append(String.format("  %-10s %s%n", name, value.strip()));
    }
  }
}
