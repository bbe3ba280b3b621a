package nomadml.scheduler.follow;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import nomadml.spec.Progress;

/**
 * Keeps what is shown: states as they are, progress after {@code *}, output after {@code >}, what
 * the task wrote to stderr beside it after {@code !}.
 */
final class RecordingDisplay implements Display {
  private final List<String> shown = new ArrayList<>();

  @Override
  public void state(String sentence) {
    add(sentence);
  }

  @Override
  public void progress(Progress progress, String line) {
    add("*" + progress.kind());
  }

  @Override
  public void output(String line) {
    add(">" + line);
  }

  @Override
  public void errorOutput(String line) {
    add("!" + line);
  }

  synchronized List<String> shown() {
    return List.copyOf(shown);
  }

  /** Waits until a line begins so. */
  synchronized void await(String beginning) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (shown.stream().noneMatch(line -> line.startsWith(beginning))) {
      long rest = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (rest <= 0) {
        throw new AssertionError("never shown: " + beginning + "; shown: " + shown);
      }
      wait(rest);
    }
  }

  private synchronized void add(String line) {
    shown.add(line);
    notifyAll();
  }
}
