package nomadml.scheduler.cli;

import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import nomadml.spec.ExitCode;

/** Finds the release a command is about. */
final class ReleaseLookup {
  private ReleaseLookup() {}

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
