package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.net.URI;
import java.util.Optional;
import java.util.function.Supplier;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker;
import org.jspecify.annotations.Nullable;

/** Where a person sees a job. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Links(@Nullable URI job, @Nullable URI run, @Nullable URI dashboard) {

  /** What is known; a server that doesn't answer has no link. */
  static Links of(Platform platform, Job job, Optional<RunTracker.Run> run) {
    return new Links(
        link(() -> platform.cluster().link(job)),
        link(() -> run.flatMap(known -> platform.tracker().map(tracker -> tracker.link(known)))),
        link(() -> run.flatMap(known -> platform.dashboard(known.id()))));
  }

  /** One line a link. */
  String text() {
    return line("job", job) + line("run", run) + line("dashboard", dashboard);
  }

  private static String line(String name, @Nullable URI link) {
    return link == null ? "" : String.format("  %-10s %s%n", name, link);
  }

  private static @Nullable URI link(Supplier<Optional<URI>> source) {
    try {
      return source.get().orElse(null);
    } catch (SchedulerFailure e) {
      return null;
    }
  }
}
