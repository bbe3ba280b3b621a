package nomadml.scheduler.cli;

import java.io.PrintStream;
import nomadml.scheduler.follow.Display;
import nomadml.scheduler.follow.EpochBar;
import nomadml.scheduler.follow.Wording;
import nomadml.spec.Progress;

/** A progress bar that stays below everything else. */
final class TerminalDisplay implements Display {
  private static final String ERASE = "\r\u001b[K";
  private final Console console;
  private final EpochBar bar = new EpochBar();
  private boolean drawn;

  TerminalDisplay(Console console) {
    this.console = console;
  }

  @Override
  public void state(String sentence) {
    erase();
    console.err().println(sentence);
    console.err().flush();
    draw();
  }

  @Override
  public void progress(Progress progress, String line) {
    bar.accept(progress);
    switch (progress.kind()) {
      case STEP, EPOCH, CHECKPOINT, FINISHED -> {
        erase();
        draw();
      }
      default -> Wording.of(progress).ifPresent(this::output);
    }
  }

  @Override
  public void output(String line) {
    show(console.out(), console.inWords(line));
  }

  @Override
  public void errorOutput(String line) {
    console.inBrief(line).ifPresent(words -> show(console.err(), words));
  }

  private void show(PrintStream stream, String words) {
    erase();
    stream.println(words);
    draw();
  }

  @Override
  public void end() {
    if (drawn) {
      console.out().println();
      drawn = false;
    }
    console.out().flush();
  }

  private void erase() {
    if (drawn) {
      console.out().print(ERASE);
      console.out().flush();
      drawn = false;
    }
  }

  private void draw() {
    if (bar.isReady()) {
      console.out().print(bar.line(console.width() - 1));
      console.out().flush();
      drawn = true;
    }
  }
}
