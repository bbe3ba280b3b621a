package nomadml.scheduler.cli;

import java.util.Locale;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Journal;
import nomadml.scheduler.submit.Step;
import nomadml.scheduler.submit.Submission;

/** Wires the use case to a command's platform. */
final class Submissions {
  /** Tests kill the process after a step: {@code journal}, {@code run}, {@code inputs} … */
  private static final String CRASH_AFTER = "NOMAD_ML_CRASH_AFTER";

  private static final int KILLED = 137;

  private Submissions() {}

  static Submission on(Platform platform, Console console) {
    String crashAfter = platform.environment().getOrDefault(CRASH_AFTER, "");
    return new Submission(
        platform.cluster(),
        platform.tracker(),
        new Journal(platform.state().resolve("submissions")),
        platform::dashboard,
        note -> console.err().println((note.startsWith(Forecast.HINT) ? "  " : "note: ") + note),
        step -> crash(step, crashAfter));
  }

  private static void crash(Step step, String crashAfter) {
    if (step.name().toLowerCase(Locale.ROOT).equals(crashAfter)) {
      Runtime.getRuntime().halt(KILLED);
    }
  }
}
