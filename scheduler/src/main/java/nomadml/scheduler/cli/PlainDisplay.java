package nomadml.scheduler.cli;

import nomadml.scheduler.follow.Display;
import nomadml.scheduler.follow.Wording;
import nomadml.spec.Progress;

/** One line for each thing that happens: for files, pipes and CI. */
final class PlainDisplay implements Display {
  private static final long BETWEEN_STEPS = 30_000;
  private final Console console;
  private long lastStep;

  PlainDisplay(Console console) {
    this.console = console;
  }

  @Override
  public void state(String sentence) {
    console.err().println(sentence);
  }

  @Override
  public void progress(Progress progress, String line) {
    boolean isStep = progress.kind() == Progress.Kind.STEP;
    if (isStep && progress.timestamp() - lastStep < BETWEEN_STEPS) {
      return;
    }
    lastStep = progress.timestamp();
    Wording.of(progress).ifPresent(console.out()::println);
  }

  @Override
  public void output(String line) {
    console.out().println(console.inWords(line));
  }

  @Override
  public void errorOutput(String line) {
    console.inBrief(line).ifPresent(console.err()::println);
  }
}
