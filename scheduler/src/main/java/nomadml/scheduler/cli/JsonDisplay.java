package nomadml.scheduler.cli;

import nomadml.scheduler.follow.Display;
import nomadml.spec.Progress;

/** Progress lines as they are on stdout; all else is talk. */
record JsonDisplay(Console console) implements Display {
  @Override
  public void state(String sentence) {
    console.err().println(sentence);
  }

  @Override
  public void progress(Progress progress, String line) {
    console.out().println(line);
  }

  @Override
  public void output(String line) {
    console.err().println(line);
  }
}
