package nomadml.trainer.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import nomadml.trainer.report.Batch;
import nomadml.trainer.report.Dataset;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.RunStatus;
import nomadml.trainer.report.Tracker;
import org.jspecify.annotations.Nullable;

/**
 * A tracker several threads ask: the sender of reports, and whoever needs the run's artifacts. Two
 * of them never make the run twice.
 */
final class OneAtATime implements Tracker {
  private final Tracker tracker;
  private @Nullable RunAddress run;

  OneAtATime(Tracker tracker) {
    this.tracker = tracker;
  }

  @Override
  public synchronized RunAddress ensureRun(RunIdentity identity) throws IOException {
    if (run == null) {
      run = tracker.ensureRun(identity);
    }
    return run;
  }

  @Override
  public synchronized Map<String, Batch.Point> lastPoints(RunAddress address) throws IOException {
    return tracker.lastPoints(address);
  }

  @Override
  public synchronized void log(RunAddress address, Batch batch) throws IOException {
    tracker.log(address, batch);
  }

  @Override
  public synchronized void upload(RunAddress address, String path, Path source) throws IOException {
    tracker.upload(address, path, source);
  }

  @Override
  public synchronized void use(RunAddress address, Dataset dataset) throws IOException {
    tracker.use(address, dataset);
  }

  @Override
  public synchronized String register(
      RunAddress address, String model, String path, @Nullable String digest) throws IOException {
    return tracker.register(address, model, path, digest);
  }

  @Override
  public synchronized void setStatus(RunAddress address, RunStatus status, long timestamp)
      throws IOException {
    tracker.setStatus(address, status, timestamp);
  }
}
