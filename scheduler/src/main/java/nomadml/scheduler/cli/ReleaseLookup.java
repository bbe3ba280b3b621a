package nomadml.scheduler.cli;

import static java.util.stream.Collectors.joining;

import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import nomadml.spec.ExitCode;

/** Finds the release a command is about. */
final class ReleaseLookup {
  private ReleaseLookup() {}

  /**
   * How the other commands find a release again: by its stages, where they are not the usual ones.
   */
  static String command(String verb, Release release) {
    String stages =
        release.stages().stream().map(stage -> stage.plan().toString()).collect(joining(","));
    String named = stages.equals(ReleaseStages.USUAL) ? "" : " --stages " + stages;
    return "submit-job release " + verb + " " + release.model() + named;
  }

  static Release open(Releaser releaser, String model, String first) {
    return releaser
        .open(model, first)
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.USAGE,
                    "no release of " + model + " is under way in " + first,
                    "submit-job release history " + model + " shows what was"));
  }

  static Release newest(Releaser releaser, String model, String first) {
    return releaser.history(model, first, 1).stream()
        .findFirst()
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.USAGE,
                    "no release of " + model + " is written down in " + first,
                    "submit-job release "
                        + model
                        + "/VERSION begins one; --stages names the context"
                        + " that keeps the record"));
  }
}
