package nomadml.scheduler.follow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import nomadml.spec.Progress;

/** The progress bar of a training, drawn anew from each line of progress. */
public final class EpochBar {
  private static final int SHORTEST = 10;
  private static final int LONGEST = 30;
  private static final int FRAME = "[] 100%".length();
  private final Map<String, Double> metrics = new LinkedHashMap<>();
  private int epoch;
  private int epochs;
  private long stepsAtEpoch;
  private long step;
  private long time;
  private double beginDone;
  private long beginTime = -1;

  /** Takes what a line tells. */
  public void accept(Progress progress) {
    if (progress.kind() == Progress.Kind.ATTEMPT || progress.kind() == Progress.Kind.RESUMED) {
      beginTime = -1;
    }
    epoch = progress.epoch() == null ? epoch : progress.epoch();
    epochs = progress.epochs() == null ? epochs : progress.epochs();
    step = progress.step() == null ? step : progress.step();
    time = progress.timestamp();
    if (progress.kind() == Progress.Kind.EPOCH) {
      stepsAtEpoch = step;
    }
    if (progress.metrics() != null) {
      metrics.putAll(progress.metrics());
    }
    boolean tellsPlace = progress.kind() != Progress.Kind.ATTEMPT && progress.epochs() != null;
    if (beginTime < 0 && tellsPlace) {
      beginTime = time;
      beginDone = done();
    }
  }

  /** Whether there is something to draw. */
  public boolean isReady() {
    return epochs > 0;
  }

  /** The line, within a width; what fits least is left out. */
  public String line(int width) {
    List<String> parts = parts();
    String head = "epoch " + epoch + "/" + epochs + " ";
    while (!parts.isEmpty() && head.length() + SHORTEST + FRAME + length(parts) > width) {
      parts.remove(parts.size() - 1);
    }
    int room = Math.max(SHORTEST, Math.min(LONGEST, width - head.length() - FRAME - length(parts)));
    int filled = (int) Math.round(done() * room);
    String bar = "[" + "=".repeat(filled) + " ".repeat(room - filled) + "]";
    String percent = String.format(Locale.ROOT, " %3.0f%%", done() * 100);
    String line = head + bar + percent + String.join("", parts);
    return line.length() > width ? line.substring(0, Math.max(0, width)) : line;
  }

  private List<String> parts() {
    List<String> parts = new ArrayList<>();
    add(parts, "loss", "train_loss");
    String accuracy =
        metrics.containsKey("validation_accuracy") ? "validation_accuracy" : "train_accuracy";
    add(parts, "accuracy", accuracy);
    if (!metrics.containsKey(accuracy)) {
      add(parts, "validation loss", "validation_loss");
    }
    String left = left();
    if (!left.isEmpty()) {
      parts.add("  ETA " + left);
    }
    Double speed = metrics.get("samples_per_second");
    if (speed != null) {
      parts.add(String.format(Locale.ROOT, "  %,.0f samples/s", speed));
    }
    return parts;
  }

  private void add(List<String> parts, String label, String key) {
    Double value = metrics.get(key);
    if (value != null) {
      parts.add("  " + label + " " + Wording.number(key, value));
    }
  }

  private double done() {
    if (epochs == 0) {
      return 0;
    }
    double between = 0;
    if (epoch > 0 && stepsAtEpoch > 0 && step > stepsAtEpoch) {
      between = Math.min(1, (step - stepsAtEpoch) / (stepsAtEpoch / (double) epoch));
    }
    return Math.min(1, (epoch + between) / epochs);
  }

  private String left() {
    double progress = done() - beginDone;
    if (beginTime < 0 || time <= beginTime || progress <= 0) {
      return "";
    }
    long seconds = Math.round((time - beginTime) / 1000.0 * (1 - done()) / progress);
    return seconds >= 3600
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  private static int length(List<String> parts) {
    return parts.stream().mapToInt(String::length).sum();
  }
}
