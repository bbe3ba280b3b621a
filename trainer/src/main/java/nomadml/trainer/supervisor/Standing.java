package nomadml.trainer.supervisor;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import nomadml.spec.Names;
import nomadml.trainer.report.Report;

/**
 * Where this attempt stands among the run's attempts: its number, its failures, the time trained,
 * and whether it may write. Kept on disk and with the fence.
 */
final class Standing implements Fence.Listener {
  private final RunFolder folder;
  private final Fence fence;
  private final Report report;
  private final boolean tracked;
  private final Interruptions interruptions;
  private final Consumer<String> warnings;
  private final Clock clock;
  private final CountDownLatch numbered = new CountDownLatch(1);
  private final long began;
  private AttemptLog log;
  private long trainedBefore;
  private volatile boolean mayWrite;
  private boolean over;
  private boolean failing;

  Standing(
      RunFolder folder,
      AttemptLog log,
      Fence fence,
      Report report,
      boolean tracked,
      Interruptions interruptions,
      Consumer<String> warnings,
      Clock clock) {
    this.folder = folder;
    this.log = log;
    this.fence = fence;
    this.report = report;
    this.tracked = tracked;
    this.interruptions = interruptions;
    this.warnings = warnings;
    this.clock = clock;
    this.began = clock.millis();
    this.trainedBefore = log.trainedMillis();
  }

  /** Asks the fence for a number. */
  void start(AttemptLog before) {
    fence.start(new Fence.Claim(before.attempt(), before.trained(), log.allocation()), this);
  }

  /** Waits a little for the number; without an answer it is the one this node knows. */
  int number(Duration time) throws InterruptedException {
    numbered.await(time.toMillis(), TimeUnit.MILLISECONDS);
    return number();
  }

  synchronized int number() {
    return log.attempt();
  }

  synchronized int failures() {
    return log.failures();
  }

  boolean mayWrite() {
    return mayWrite;
  }

  synchronized Duration trained() {
    return Duration.ofMillis(trainedBefore + clock.millis() - began);
  }

  synchronized void failed() {
    log = log.failed();
    save();
  }

  /** Takes in what earlier attempts on another node knew. */
  synchronized void adopt(AttemptLog travelled) {
    log = log.with(travelled);
    trainedBefore = Math.max(trainedBefore, travelled.trainedMillis());
    save();
  }

  /** Remembers the time trained. */
  synchronized void save() {
    if (over) {
      return;
    }
    log = log.trained(trained().toMillis());
    fence.trained(log.trained());
    try {
      folder.write(log);
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        failing = true;
        warnings.accept("the attempt can't be noted on the disk: " + e.getMessage());
      }
    }
  }

  /** The attempt leaves in order. */
  synchronized void leave() {
    save();
    log = log.left();
    save();
    over = true;
  }

  @Override
  public void raised(int attempt, Duration before) {
    synchronized (this) {
      boolean changed = attempt != log.attempt();
      log = log.numbered(attempt);
      trainedBefore = Math.max(trainedBefore, before.toMillis());
      save();
      if (changed && numbered.getCount() == 0) {
        report.tags(Map.of(Names.TAG_ATTEMPT, Integer.toString(attempt)));
      }
    }
    numbered.countDown();
  }

  @Override
  public void held() {
    mayWrite = true;
    if (tracked) {
      report.allowWriting();
    }
  }

  @Override
  public void lost(String reason) {
    mayWrite = false;
    report.forbidWriting();
    warnings.accept("reports wait on this node's disk: the run's lock is lost: " + reason);
  }

  @Override
  public void superseded(int attempt) {
    mayWrite = false;
    report.forbidWriting();
    synchronized (this) {
      log = log.supersededByAnother();
      save();
      over = true;
    }
    warnings.accept("attempt %d of this run has taken over: this one ends".formatted(attempt));
    interruptions.interrupt(Interruption.Reason.SUPERSEDED);
  }
}
