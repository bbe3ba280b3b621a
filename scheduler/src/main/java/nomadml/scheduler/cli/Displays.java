package nomadml.scheduler.cli;

import nomadml.scheduler.follow.Display;
import nomadml.spec.Progress;

/** Chooses how a followed job is shown. */
final class Displays {
  private Displays() {}

  static Display of(Console console, Output output) {
    return new Display() {
      @Override
      public void state(String sentence) {
        console.err().println(sentence);
      }

      @Override
      public void progress(Progress progress, String line) {
        console.out().println(output.isJson() ? line : progress.kind());
      }

      @Override
      public void output(String line) {
        console.out().println(line);
      }
    };
  }
}
