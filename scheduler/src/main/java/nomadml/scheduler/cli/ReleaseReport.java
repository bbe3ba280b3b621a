package nomadml.scheduler.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.release.JunitReport;
import nomadml.scheduler.release.Plan;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Stage;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** The report for CI servers; whoever reads it never sees half of it. */
final class ReleaseReport {
  private ReleaseReport() {}

  /**
   * @param file null for none
   */
  static void write(@Nullable Path file, Release release, @Nullable SchedulerFailure trouble) {
    if (file == null) {
      return;
    }
    Path whole = file.toAbsolutePath();
    Path part = whole.resolveSibling(whole.getFileName() + ".part");
    try {
      Files.createDirectories(whole.getParent());
      try (OutputStream target = Files.newOutputStream(part)) {
        new JunitReport(release, trouble).write(target);
      }
      Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | XMLStreamException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't write the report " + file + ": " + e,
          "--report names a file that can be written",
          e);
    }
  }

  /** A release that could not begin. */
  static Release none(ModelReference reference, List<Plan> plans, Instant now) {
    List<Stage> stages = new ArrayList<>();
    for (Plan plan : plans) {
      Stage.State state = stages.isEmpty() ? Stage.State.RUNNING : Stage.State.PENDING;
      stages.add(
          new Stage(plan.context(), plan.approval(), state, "", null, null, null, "", List.of()));
    }
    String version = reference.version() == null ? "?" : reference.version();
    return new Release(
        "", reference.name(), version, "", "", "", now, Release.State.RUNNING, stages);
  }
}
