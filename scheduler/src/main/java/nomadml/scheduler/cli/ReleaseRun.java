package nomadml.scheduler.cli;

import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Follows a release to its end, with its report. */
final class ReleaseRun {
  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "JUnit-style XML: a case for each stage and gate")
  private @Nullable Path report;

  @Option(
      names = "--revert-earlier",
      description =
          "when a stage is refused, go back in those before it too, to what ran there before")
  private boolean revert;

  Releaser releaser(ConnectionOptions connection, Output output) {
    return releaser(connection, output, report);
  }

  static Releaser releaser(ConnectionOptions connection, Output output, @Nullable Path report) {
    return new Releaser(
        ReleaseStages.environments(connection),
        connection.platform().clock(),
        new ReleaseTalk(connection.console(), output, report));
  }

  /**
   * @param none what the report is about when it can't even begin
   */
  int follow(
      ConnectionOptions connection,
      Output output,
      Supplier<Release> none,
      Function<Releaser, Release> begin) {
    Console console = connection.console();
    Releaser releaser = releaser(connection, output);
    ReleaseReport.write(report, none.get(), null); // One that can't be written is told at once.
    Release begun = null;
    try {
      begun = begin.apply(releaser);
      Release over = followed(console, releaser, begun);
      if (revert && over.state() != Release.State.RELEASED && !over.standing().isEmpty()) {
        over = releaser.revert(over);
      }
      ReleaseReport.write(report, over, null);
      return new ReleaseOutcome(console, output).print(over);
    } catch (SchedulerFailure e) {
      Release known = begun == null ? none.get() : releaser.now(begun);
      ReleaseReport.write(report, known, e);
      throw e;
    }
  }

  private static Release followed(Console console, Releaser releaser, Release begun) {
    Interruption interruption =
        new Interruption(
            console,
            "the release of " + begun.model() + " stays as it is",
            "go on: " + ReleaseLookup.command("resume", begun),
            "give it up: " + ReleaseLookup.command("cancel", begun));
    try {
      return releaser.follow(begun);
    } finally {
      interruption.close();
    }
  }
}
