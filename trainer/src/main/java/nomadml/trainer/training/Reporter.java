package nomadml.trainer.training;

import java.time.Clock;
import java.util.Map;
import java.util.function.Consumer;
import nomadml.spec.Progress;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/** Tells the progress of one training. */
public final class Reporter {
  private final Clock clock;
  private final Consumer<Progress> sink;

  public Reporter(Clock clock, Consumer<Progress> sink) {
    this.clock = clock;
    this.sink = sink;
  }

  void started(Map<String, String> facts, int epochs) {
    send(Progress.Kind.STARTED, null, epochs, null, null, facts);
  }

  void resumed(int epoch, int epochs, long step, Map<String, String> facts) {
    send(Progress.Kind.RESUMED, epoch, epochs, step, null, facts);
  }

  void step(int epoch, int epochs, long step, Map<String, Double> metrics) {
    send(Progress.Kind.STEP, epoch, epochs, step, metrics, null);
  }

  void epoch(int epoch, int epochs, long step, Map<String, Double> metrics) {
    send(Progress.Kind.EPOCH, epoch, epochs, step, metrics, null);
  }

  void checkpoint(int epoch, int epochs, long step, Map<String, String> facts) {
    send(Progress.Kind.CHECKPOINT, epoch, epochs, step, null, facts);
  }

  void finished(
      int epoch, int epochs, long step, Map<String, Double> metrics, Map<String, String> facts) {
    send(Progress.Kind.FINISHED, epoch, epochs, step, metrics, facts);
  }

  void warning(String message) {
    send(Progress.Kind.WARNING, message, null, null);
  }

  /** A signal, or the end of standard input, ended it. */
  public void stopped(String message) {
    send(Progress.Kind.STOPPED, message, null, null);
  }

  /** It ended without success. */
  public void failed(TrainingFailure failure) {
    send(Progress.Kind.FAILED, failure.getMessage(), failure.failureCause(), failure.hint());
  }

  private void send(
      Progress.Kind kind,
      @Nullable Integer epoch,
      @Nullable Integer epochs,
      @Nullable Long step,
      @Nullable Map<String, Double> metrics,
      @Nullable Map<String, String> facts) {
    sink.accept(
        new Progress(kind, clock.millis(), epoch, epochs, step, metrics, facts, null, null, null));
  }

  private void send(
      Progress.Kind kind,
      @Nullable String message,
      nomadml.spec.@Nullable FailureCause cause,
      @Nullable String hint) {
    sink.accept(
        new Progress(kind, clock.millis(), null, null, null, null, null, cause, message, hint));
  }
}
