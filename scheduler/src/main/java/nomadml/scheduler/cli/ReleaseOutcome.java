package nomadml.scheduler.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Stage;
import org.jspecify.annotations.Nullable;

/** How a release stands, in words, and what to exit with. */
record ReleaseOutcome(Console console, Output output) {

  /** The last lines of a command that followed it. */
  int print(Release release) {
    int exitCode = release.state().exitCode().number();
    if (output.isJson()) {
      console.out().println(Output.jsonLine(new Ended(release, exitCode)));
      console.out().flush();
      return exitCode;
    }
    String what = release.model() + "/" + release.version();
    List<String> standing = release.standing();
    if (release.state() == Release.State.RELEASED) {
      console.out().println(what + " is released: " + String.join(", ", standing) + " serve it");
    } else {
      Stage at = release.at().orElse(release.stages().get(0));
      console
          .err()
          .println("error: %s is not released: %s: %s".formatted(what, at.context(), at.brief()));
      if (!standing.isEmpty()) {
        console.err().println("  " + String.join(", ", standing) + " keep it");
        String back = ReleaseLookup.command("revert", release);
        console
            .err()
            .println("  hint: " + back + " takes it back there; --revert-earlier does so too");
      }
      console.err().println("  hint: " + ReleaseLookup.command("status", release));
    }
    console.out().flush();
    console.err().flush();
    return exitCode;
  }

  /** All of it, a line a stage. */
  static String text(Release release, int width) {
    Table table = new Table("STAGE", "STATE", "DEPLOYMENT", "BEGUN", "WHY");
    for (Stage stage : release.stages()) {
      table.row(
          stage.approval() ? stage.context() + " (approval)" : stage.context(),
          stage.state().name().toLowerCase(Locale.ROOT),
          stage.deployment() == null ? "" : stage.deployment(),
          time(stage.begun()),
          stage.brief());
    }
    return "%s  %s/%s  %s%n  %s%n  by %s at %s%s%n%s"
        .formatted(
            release.id(),
            release.model(),
            release.version(),
            release.state().name().toLowerCase(Locale.ROOT),
            release.digest(),
            release.by(),
            release.created(),
            release.why().isEmpty() ? "" : ": " + release.why(),
            table.text(width));
  }

  private static String time(@Nullable Instant moment) {
    return moment == null ? "" : moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The outcome for programs. */
  record Ended(Release release, int exitCode) {}
}
